# SPDX-License-Identifier: Apache-2.0
"""Which texts may name a file of the project, and the one spelling that is kept of each."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from repro_action.errors import GraphError

RESERVED = frozenset({".git", ".repro"})
"""Folders at the top of a project that hold nothing of it, and that no step may write to."""

_DRIVE = re.compile(r"[A-Za-z]:")
# Explicit embeddings, overrides and isolates: they make a name look like another one.
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def normal(path: str) -> str:
    """Return a path without `./`, doubled and trailing slashes; the empty text stays empty."""
    return str(PurePosixPath(path)) if path else ""


def shown(text: str) -> str:
    """Return a name for people: as it is, or quoted and escaped if it is not printable."""
    return text if text and text.isprintable() else ascii(text)


def clean(path: str, *, owner: str) -> str:
    """Bring a declared path into its one form: no `./`, no `//`, no slash at the end.

    Args:
        path: as the configuration has it.
        owner: what declared it, for the message.

    Raises:
        GraphError: it is absolute, leaves the project by `..`, is the project itself, or
            holds a character that no file name can hold.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith(("/", "~")) or ".." in parts or not parts or "\0" in path:
        raise GraphError(
            f"{owner} names the path {shown(path)}",
            why="Paths are relative to the project and stay inside it, without `..`; "
            "otherwise a run on another machine would not find the same files.",
            remedy="Name a file or folder below the project's folder.",
        )
    return "/".join(parts)


def refusal(path: str, *, wildcards: str = "*?[") -> tuple[str, str] | None:
    """Say why a text cannot name something inside the project.

    Args:
        path: as it stands in the configuration.
        wildcards: characters that must not stand in it, since they would be a pattern elsewhere.

    Returns:
        What is wrong and the remedy, or None.
    """
    parts = PurePosixPath(path).parts
    if not path or not parts:
        return (
            "expected a path inside the project, found an empty string",
            "Name files or folders one by one.",
        )
    if control(path) is not None:
        return "the path contains a control character", "Rename the file."
    if "\\" in path:
        return "the path contains a backslash", f"Write it with `/`: {path.replace(chr(92), '/')}"
    if path.startswith(("/", "~")) or _DRIVE.match(path):
        return (
            "the path is absolute, so it means nothing on another machine",
            "Write it relative to the project's folder.",
        )
    if ".." in parts:
        return (
            "the path leaves the project by `..`",
            "Keep what the model is made from inside the project, or fetch it in a step.",
        )
    reserved = next((part for part in parts if part in RESERVED), "")
    if reserved:
        return f"the path is in `{reserved}`, which is not part of the project", "Choose another folder."
    if any(wildcard in path for wildcard in wildcards):
        return f"a path with one of {wildcards} is not allowed here", "Name the files, or their folder."
    return None


CELL = ": cell "
"""What stands between the name of a notebook and the number of one of its cells, from 1."""


def notebook_of(file: str) -> str:
    """Return the file of a place that may be a cell: that of `report.ipynb: cell 3` is `report.ipynb`."""
    return file.partition(CELL)[0]


def place(file: str, line: int) -> str:
    """Return how a line is shown: `train.py:14`, in a notebook `report.ipynb: cell 3, line 2`."""
    return f"{file}, line {line}" if CELL in file else f"{file}:{line}"


def control(text: str, *, allowed: str = "") -> str | None:
    """Return the first character that can steer a terminal or disguise a text, if there is one."""
    if text.isprintable():  # which no character is that steers
        return None
    return next((char for char in text if char not in allowed and _steers(char)), None)


def _steers(char: str) -> bool:
    return char in _BIDI or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
