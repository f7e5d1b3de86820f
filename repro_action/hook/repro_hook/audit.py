# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH100, PTH114, PTH109, PTH110, PTH118, PTH120, SLF001 -- pathlib costs more than the whole hook; frames have no public name
"""Notices what a process does that can make its run differ from the next, and on which line of the project.

Python's audit events tell of files, folders, connections and child processes. Randomness
and clocks, which have no such events, are stood in for by `entropy` and `clock`.
Each thing is put down to the innermost frame of the project's own code. What a library
does for itself, as the names of temporary files, and what the import system reads is no
part of a result, and left out.

An audit hook cannot be taken away, so at the end of the
process it is emptied.
"""

from __future__ import annotations

import os
import sys
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing these takes as long as all the rest
    from collections.abc import Callable
    from types import FrameType
    from typing import Union

    Role = Union[int, str]  # noqa: UP007 -- Python 3.8 may read it
    """Bits of those kinds for which the asking module is noise; of the project's code, its path."""
    Found = tuple[str, FrameType, "FrameType | None"]
    """The project's file, its frame, and the frame of what that called, unless it is written in C."""

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.dirname(HERE)
"""What stands on PYTHONPATH."""
READ, LISTING, ENTROPY, GENERATOR, NETWORK, PROCESS, HOST, CLOCK, MACHINERY, IMPORT, OURS, HIDDEN = (
    1 << bit for bit in range(12)
)
KINDS = {
    READ: "read",
    LISTING: "listing",
    ENTROPY: "entropy",
    GENERATOR: "generator",
    NETWORK: "network",
    PROCESS: "process",
    HOST: "host",
    CLOCK: "clock",
}
EVERY = MACHINERY - 1  # every kind
ROLES: dict[str, Role] = {
    "random": MACHINERY,
    # Ids that a library gives its own things, as scikit-learn does in each fit, are no results.
    "uuid": MACHINERY | PROCESS | ENTROPY,
    "secrets": MACHINERY,
    "os": MACHINERY,
    "posixpath": MACHINERY,
    "subprocess": MACHINERY,
    "socket": MACHINERY,
    "shutil": LISTING,
    "glob": LISTING,
    "joblib": EVERY - READ,
    **dict.fromkeys(("platform", "ctypes", "sysconfig", "site", "ssl", "locale", "gettext"), EVERY),
    **dict.fromkeys(("tempfile", "multiprocessing", "loky", "concurrent", "asyncio", "threading"), EVERY),
    **dict.fromkeys(("copy", "pickle"), GENERATOR),
    **dict.fromkeys(("importlib", "pkgutil", "runpy", "zipimport", "linecache", "tokenize"), EVERY),
    **dict.fromkeys(("traceback", "inspect", "warnings", "logging", "threadpoolctl", "mimetypes"), EVERY),
}
"""By top-level module: what it asks for on its own behalf, or whether it only passes on what it is asked."""

INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

ALIKE = 64
"""Files read by one line; the folders of further ones are told instead."""
LIMIT = 500
"""Distinct observations of one kind."""
CHARACTERS = 400_000
"""Of all texts in a report, written as ASCII."""


class AuditEntry:
    """One thing that a line did."""

    __slots__ = ("counter", "detail", "line", "missing", "seeded", "undone", "what")

    def __init__(self, what: str, line: int, detail: str, *, missing: bool, seeded: bool) -> None:
        self.what, self.line, self.detail, self.missing, self.seeded = what, line, detail, missing, seeded
        self.counter = count()  # `next` of it needs no lock
        self.undone = 0


class Audit:
    """Everything that is noticed in this process."""

    def __init__(self, root: str, failed: Callable[[str, BaseException], None]) -> None:
        self.failed = failed
        self.start = os.getcwd()
        self.root = os.path.realpath(root) + os.sep
        self.roots = (os.path.abspath(root) + os.sep, self.root)
        prefix = os.path.realpath(sys.prefix) + os.sep
        # An interpreter inside the project, such as .venv, is environment and not code.
        self.environment = prefix if prefix.startswith(self.root) and prefix != self.root else ""
        self.aside = tuple(path for path in _aside() if not self.root.startswith(path))
        self.roles: dict[str, Role] = {}
        self.seen: dict[tuple[object, ...], AuditEntry] = {}
        self.sites: dict[tuple[object, ...], int] = {}
        self.kinds = dict.fromkeys(KINDS, 0)
        self.left = 0
        self.written: set[str] = set()

    def forget(self) -> None:
        """Start over, in a forked child: its parent reports what was seen so far."""
        self.seen, self.sites, self.kinds, self.left = {}, {}, dict.fromkeys(KINDS, 0), 0

    # -- where a thing was done ------------------------------------------------------------

    def role(self, frame: FrameType) -> Role:
        """Return what the code of a frame is."""
        name = frame.f_code.co_filename
        role = self.roles.get(name)
        if role is None:
            role = self._classify(name, frame)
            # What `python -c` runs has no file; nor has what libraries generate.
            if name != "<string>":
                self.roles[name] = role
        return role

    def _classify(self, name: str, frame: FrameType) -> Role:
        if name.startswith("<frozen importlib"):
            return IMPORT
        if name == "<string>":
            return "" if _is_command(frame) else 0
        if not name.startswith("<"):
            path = os.path.join(self.start, name)
            if os.path.dirname(path) in (HERE, FOLDER):
                # What disturbs a listing only passes it on; all else here acts for itself.
                return MACHINERY | HIDDEN if path.endswith("disturb.py") else OURS
            own = self.own(path)
            if own:
                return own
        module = str(frame.f_globals.get("__name__", ""))
        if module == "numpy.random._pickle":
            return OURS  # a generator that is read back has a state
        if module.startswith("joblib.externals"):
            return EVERY
        return ROLES.get(module.partition(".")[0], 0)

    def own(self, path: str) -> str:
        """Return the project's own file relative to it; empty for others."""
        # Resolving links of the standard library, which is most of what is loaded, would be wasted.
        if path.startswith(self.aside) or any(folder in path for folder in INSTALLED):
            return ""
        real = os.path.realpath(path)
        if not real.startswith(self.root) or (self.environment and real.startswith(self.environment)):
            return ""
        return real[len(self.root) :]

    def find(
        self, frame: FrameType | None, noise: int, *, imports: bool = False, lone: bool = False
    ) -> Found | None:
        """Find the line of the project that did something, or had it done by a library.

        Args:
            frame: the innermost one.
            noise: the kind for which the asking module may be noise; 0 for none.
            imports: whether what a library does while it is imported counts too.
            lone: whether it counts without a line of the project, as in a thread of a library.
        """
        first = frame
        inner, has_asker, passed = None, False, noise | OURS
        while frame is not None:
            role = self.roles.get(frame.f_code.co_filename)
            if role is None:
                role = self.role(frame)
            if isinstance(role, str):
                return role, frame, inner
            if role & IMPORT and not imports:
                return None
            if not has_asker and not role & IMPORT:
                if not role & MACHINERY:
                    if passed < 0 or role & passed:
                        return None
                    has_asker = True
                elif role & noise:
                    passed = -1  # whoever asks; only the project itself does not
            if not role & (IMPORT | OURS | HIDDEN):
                inner = frame
            frame = frame.f_back
        return ("", first, first) if lone and first is not None else None

    # -- what was done ---------------------------------------------------------------------

    def note(
        self, kind: int, what: str, found: Found, detail: str = "", *, seeded: bool = False
    ) -> AuditEntry | None:
        """Count one thing.

        Args:
            kind: bit of what it is.
            what: the call, where the project made it itself.
            found: where; its own frame stands for what it called where nothing of the project did.
            detail: of a read or a listing, the path as it was given.
            seeded: whether it was made deterministic.
        """
        file, frame, inner = found
        line = 0 if inner is frame else frame.f_lineno
        through = inner and (inner.f_code.co_filename, inner.f_code.co_name)
        key = (kind, what, through, file, line, detail, seeded)
        entry = self.seen.get(key)
        if entry is None:
            entry = self._first(key, kind, found, line)
            if entry is None:
                return None
        next(entry.counter)
        return entry

    def _first(self, key: tuple[object, ...], kind: int, found: Found, line: int) -> AuditEntry | None:
        _, what, _, file, _, detail, seeded = key
        missing = False
        if kind in (READ, LISTING) and detail:
            path = os.path.normpath(os.path.join(os.getcwd(), str(detail)))
            if path in self.written:
                return None
            missing = kind == READ and not os.path.exists(path)
            detail = self._relative(path)
        site = (kind, file, line)
        if self.sites.get(site, 0) >= ALIKE:
            if missing:
                return None  # that more files are not there says nothing of their folder
            detail = os.path.dirname(str(detail)) + "/" if kind == READ else ""
            key = (kind, what, "", file, line, detail, seeded)
            if key in self.seen:
                return self.seen[key]
        if self.kinds[kind] >= LIMIT:
            self.left += 1
            return None
        self.sites[site] = self.sites.get(site, 0) + 1
        self.kinds[kind] += 1
        inner = found[2]
        shown = str(what) if inner is None else named(inner)
        if inner is not None and kind in (GENERATOR, ENTROPY) and not shown.startswith(_PLAIN):
            detail = what
        entry = AuditEntry(shown, line, str(detail), missing=missing, seeded=bool(seeded))
        return self.seen.setdefault(key, entry)

    def _relative(self, path: str) -> str:
        for root in self.roots:
            if path.startswith(root):
                return path[len(root) :]
        return "." if path + os.sep in self.roots else path

    def wrote(self, path: str) -> None:
        """Remember that this process made a file: reading it back takes in nothing new."""
        if len(self.written) < 20 * LIMIT:
            self.written.add(os.path.normpath(os.path.join(os.getcwd(), path)))

    def observations(self, errors: list[str]) -> list[dict[str, object]]:
        """Return what was seen, and begin anew; what there was no room for is told as an error."""
        seen, left, room = self.seen, self.left, CHARACTERS
        self.forget()
        found: list[dict[str, object]] = []
        for key, entry in sorted(seen.items(), key=lambda item: item[0][0] == READ):
            times = next(entry.counter) - entry.undone
            if times < 1:
                continue
            texts = {"what": entry.what[:200], "file": str(key[3])[:500], "detail": entry.detail[:500]}
            room -= sum(len(ascii(text)) for text in texts.values()) + 80
            if room < 0:
                left += 1
                continue
            table: dict[str, object] = {"kind": KINDS[int(str(key[0]))], **texts, "line": entry.line}
            table.update(count=times, seeded=entry.seeded, missing=entry.missing)
            found.append(table)
        if left:
            errors.append(f"observations: no room for {left} more")
        return found


def caller(depth: int = 1) -> FrameType | None:
    """Return a frame beyond the one that asks; None where there is none, or a hook of the program refuses."""
    try:
        return sys._getframe(depth + 1)
    except Exception:  # noqa: BLE001 -- nothing here may break the user's program
        return None


_PLAIN = ("uuid.", "secrets.", "random.")
"""Modules whose own names say enough."""


def _is_command(frame: FrameType) -> bool:
    """Whether this is the program of `python -c`, and not how a library starts a worker."""
    return (
        frame.f_back is None
        and sys.argv[:1] == ["-c"]
        and not any(
            name.startswith(("multiprocessing.", "joblib.externals", "loky."))
            for name in frame.f_code.co_names
        )
    )


def _aside() -> tuple[str, ...]:
    """Return the beginnings of paths that are part of the environment or of the machine."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix}
    prefixes |= {os.path.realpath(prefix) for prefix in prefixes}
    paths = {os.path.join(prefix, part) for prefix in prefixes for part in ("lib", "lib64", "share", "bin")}
    paths |= {"/proc", "/sys", "/dev", "/etc", "/nix/store", "/usr/share/zoneinfo"}
    # To resolve each of them whole would take as long as half of the start.
    paths |= {os.path.realpath(path) for path in paths if os.path.islink(path)}
    own = {FOLDER, os.path.dirname(os.path.abspath(os.__file__)), os.environ.get("REPRO_HOOK_DIR", "")} - {""}
    paths |= own | {os.path.realpath(path) for path in own}
    return tuple(path + os.sep for path in paths)


def _wrapped(frame: FrameType, name: str, module: str) -> tuple[str, str]:
    """Return name and module of the function that a decorator wraps, where this is its wrapper."""
    for variable in WRAPPED:
        inner = frame.f_locals.get(variable)
        if type(inner) is type(named):
            return str(inner.__qualname__), str(inner.__module__)
    return name, module


WRAPPED = ("func", "fn", "function", "wrapped", "method", "f", "callable")
"""Names by which decorators know the function that they wrap."""


def named(frame: FrameType) -> str:
    """Return the name by which a library's function is known from as far outside as it is imported."""
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)
    module = str(frame.f_globals.get("__name__", "?"))
    if "<locals>." in name:
        name, module = _wrapped(frame, name, module)
    if name == "<module>":
        return f"import {module}"
    name = name.replace("<locals>.", "")
    if name[:1] == "_" and name[1:] in frame.f_globals:  # the inner half of `os.walk`
        name = name[1:]
    if name == "__init__":  # before Python 3.11
        name = type(frame.f_locals.get(code.co_varnames[0])).__name__
    if name.endswith(".__init__"):  # noqa: FURB188 -- Python 3.8 has no removesuffix
        name = name[: -len(".__init__")]
    parts = module.split(".")
    for length in range(1, len(parts)):
        outer = sys.modules.get(".".join(parts[:length]))
        if name.partition(".")[0] in getattr(outer, "__dict__", ()):
            return f"{'.'.join(parts[:length])}.{name}()"
    return f"{module}.{name}()"
