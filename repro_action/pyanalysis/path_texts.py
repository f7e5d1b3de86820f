# SPDX-License-Identifier: Apache-2.0
"""What is done with the texts that a path may be."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from repro_action.pyanalysis.listings import literal_part
from repro_action.pyanalysis.templates import UNKNOWN

MAX_VALUES = 8
MAX_LENGTH = 1024
MAX_LEVELS = 24

Values = tuple[str, ...]


def bounded(texts: Iterable[str]) -> Values:
    """Return the first distinct texts; one that is too long to be a path is `UNKNOWN`."""
    kept: dict[str, None] = {}
    for text in texts:
        kept[text if len(text) <= MAX_LENGTH else UNKNOWN] = None
        if len(kept) == MAX_VALUES:
            break
    return tuple(kept)


def started(pattern: str) -> str:
    """Return the folder that a pattern of a listing starts from; `UNKNOWN` where it starts anywhere."""
    start = literal_part(pattern)
    return UNKNOWN if start == "." and pattern.startswith(UNKNOWN) else start


def is_module(node: ast.expr) -> bool:
    """Whether an expression is `os`, `os.path` or `pathlib` rather than a path."""
    match node:
        case ast.Name(id=name):
            return name in {"os", "osp", "path", "pathlib", "gzip", "bz2", "lzma", "codecs", "io"}
        case ast.Attribute(value=ast.Name(id="os"), attr="path"):
            return True
    return False


def ancestor(path: str, cwd: str, levels: int = 1) -> str:
    """Return a folder around a path; `UNKNOWN` above the project.

    Args:
        path: as the program has it.
        cwd: folder that the program runs in, relative to the project.
        levels: how far up.
    """
    for _ in range(min(levels, MAX_LEVELS)):
        path = _parent(path, cwd)
    return path


def _parent(path: str, cwd: str) -> str:
    if path == UNKNOWN or (path in {"", "."} and not cwd):
        return UNKNOWN  # Not known at all, or above the project.
    if path in {"", "."} or posixpath.basename(path) == "..":
        return posixpath.normpath(posixpath.join(path, ".."))
    return posixpath.dirname(path) or "."


def setting(settings: Mapping[str, str], keys: Sequence[str]) -> str:
    """Return what tables of settings have for `cfg["model"]["path"]` or `cfg.model.path`.

    Args:
        settings: dotted key → text.
        keys: by which a value is looked up; the first may be the name of a table's holder, and the last alone
            is enough where no other table has it.
    """
    exact = (settings.get(".".join(keys[start:])) for start in range(min(2, len(keys))))
    below = {text for key, text in settings.items() if keys and key.endswith(f".{keys[-1]}")}
    return next((text for text in exact if text), next(iter(below)) if len(below) == 1 else UNKNOWN)
