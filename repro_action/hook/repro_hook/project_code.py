# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH100, PTH109, PTH118, PTH120, PTH123 -- pathlib costs more than the whole hook
"""Which code is the project's own, and what of it is followed; loaded with a trace only."""

from __future__ import annotations

import os
import sys

from repro_hook.statements import MODULE, scopes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from repro_hook.statements import Statement

    Scopes = dict[tuple[int, str], dict[int, Statement]]

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = 4 << 20
"""Bytes of a source file that is read."""
GENERATOR, COROUTINE, ASYNC_GENERATOR, OPTIMIZED = 0x20, 0x80, 0x200, 0x1
"""Flags of code objects, as `inspect` names them."""


class Files:
    """Which files are the project's: relative path by the name that code objects carry."""

    def __init__(self) -> None:
        self.folder = os.getcwd()
        root = os.environ.get("REPRO_PROJECT_ROOT", "")
        self.root = os.path.realpath(root) if root else ""
        prefix = os.path.realpath(sys.prefix) + os.sep
        self.foreign = (os.path.realpath(FOLDER) + os.sep, *([prefix] if self._inside(prefix) else []))
        self.names: dict[str, str] = {}
        self.scopes: dict[str, Scopes] = {}

    def _inside(self, path: str) -> bool:
        return bool(self.root) and path.startswith(self.root + os.sep) and path != self.root + os.sep

    def relative(self, name: str) -> str:
        """Return the path of a file inside the project, else an empty text."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = self._relative(name)
        return found

    def _relative(self, name: str) -> str:
        if name.startswith("<") or f"{os.sep}site-packages{os.sep}" in name:
            return ""
        real = os.path.realpath(os.path.join(self.folder, name))
        outside = not self._inside(real) or f"{os.sep}dist-packages{os.sep}" in real
        if outside or real.startswith(self.foreign):
            return ""
        self.scopes[name] = self._scopes(real)
        return real[len(self.root) + 1 :].replace(os.sep, "/")

    @staticmethod
    def _scopes(path: str) -> Scopes:
        try:
            with open(path, "rb") as file:
                source = file.read(SOURCE + 1)
            found: Scopes = {} if len(source) > SOURCE else scopes(source)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return {}
        return found


class Code:
    """What is to be done with one code object of the project.

    Attributes:
        values: whether what it returns is recorded.
        yields: whether it is a generator, so that what it yields is.
        lines: statements by line; empty where none is followed.
        open: statements that are not yet recorded as often as allowed.
        seen: how many lines ran.
    """

    __slots__ = (
        "code",
        "count",
        "file",
        "function",
        "line",
        "lines",
        "open",
        "scope",
        "seen",
        "values",
        "yields",
    )

    def __init__(self, code: CodeType, files: Files) -> None:
        self.code = code  # kept, so that its id stays its own
        self.file = files.relative(code.co_filename)
        self.line = code.co_firstlineno
        self.scope: str = getattr(code, "co_qualname", code.co_name)
        stem, _, _ = self.file.rpartition(".")
        self.function = f"{(stem or self.file).replace('/', '.')}.{self.scope}"
        module = code.co_name == "<module>"
        hidden = code.co_name.startswith("<") and code.co_name != "<lambda>"
        # When a finalizer runs is up to the garbage collector.
        plain = bool(code.co_flags & OPTIMIZED) and not hidden and code.co_name != "__del__"
        self.values = plain and not code.co_flags & ASYNC_GENERATOR
        self.yields = bool(code.co_flags & GENERATOR)
        key = MODULE if module else (self.line, code.co_name)
        scopes = files.scopes.get(code.co_filename, {})
        self.lines = scopes.get(key, {}) if module or plain else {}
        self.open = len({id(statement) for statement in self.lines.values()})
        self.seen = 0
        self.count = 0
