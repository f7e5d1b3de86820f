# SPDX-License-Identifier: Apache-2.0
"""Which texts may name a file of the project, and the one spelling that is kept of each."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_RESERVED = {".git", ".repro"}
_DRIVE = re.compile(r"[A-Za-z]:")
# Explicit embeddings, overrides and isolates: they make a name look like another one.
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def normal(path: str) -> str:
    """Return a path without `./`, doubled and trailing slashes; the empty text stays empty."""
    return str(PurePosixPath(path)) if path else ""


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
        return "expected a path inside the project, found nothing", "Name files or folders one by one."
    if control(path) is not None:
        return "the path holds a control character", "Rename the file."
    if "\\" in path:
        return "the path holds a backslash", f"Write it with `/`: {path.replace(chr(92), '/')}"
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
    if parts[0] in _RESERVED:
        return f"the path lies in `{parts[0]}`, which is no part of the project", "Choose another folder."
    if any(wildcard in path for wildcard in wildcards):
        return f"a path with one of {wildcards} has no place here", "Name the files, or their folder."
    return None


def control(text: str, *, allowed: str = "") -> str | None:
    """Return the first character that can steer a terminal or disguise a text, if there is one."""
    return next((char for char in text if char not in allowed and _steers(char)), None)


def _steers(char: str) -> bool:
    return char in _BIDI or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
