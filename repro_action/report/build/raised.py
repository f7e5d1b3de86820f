# SPDX-License-Identifier: Apache-2.0
"""The error that ended a Python program, and the line of the project that it came from, out of its output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from repro_action.text import uncoloured

_FRAME = re.compile(r'^ {2,}File "(?P<file>[^"\n]{1,500})", line (?P<line>[1-9]\d{0,6})', re.MULTILINE)
_ERROR = re.compile(r"^(?P<error>[A-Za-z_][\w.]{0,200}(?:: [^\n]*)?)$")
_NAMED = re.compile(r"(?:Error|Exception|Interrupt|Exit|Warning|Iteration)(?:$|:)|^\w+(?:\.\w+)+(?:$|:)")
_WIDTH = 300
_PARTS = 40
"""Folders of a path at most, of which each could be the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedError:
    """An error as Python prints it.

    Attributes:
        text: its last line, such as `KeyError: 'l3'`.
        file: the innermost file of the project, relative to it; empty where none is named.
        line: in that file, from 1; 0 without a file.
    """

    text: str
    file: str = ""
    line: int = 0


def raised(tail: str, root: Path, folders: Sequence[str] = (".",)) -> RaisedError | None:
    """Return the error that the end of an output shows; None where it shows no traceback.

    Args:
        tail: the end of the output.
        root: the project.
        folders: where its programs were started, relative to it.
    """
    text = uncoloured(tail)
    frames = list(_FRAME.finditer(text))
    error = next(_errors(text[frames[-1].end() :]), "") if frames else ""
    if not error:
        return None
    for frame in reversed(frames):
        file = _inside(frame["file"], root, folders)
        if file:
            return RaisedError(text=error, file=file, line=int(frame["line"]))
    return RaisedError(text=error)


def _errors(text: str) -> Iterator[str]:
    """Yield the lines that read as errors, the first after the last frame first."""
    for line in text.split("\n"):
        found = _ERROR.match(line.rstrip())
        if found and _NAMED.search(found["error"]):
            yield found["error"][:_WIDTH]


def _inside(name: str, root: Path, folders: Sequence[str]) -> str:
    """Return a file of a traceback relative to the project; empty where it is none of its files.

    A sandbox can show the project at another place, so of an absolute path the longest end counts
    that names a file of the project.
    """
    path = PurePosixPath(name)
    if "site-packages" in path.parts or "dist-packages" in path.parts or name.startswith("<"):
        return ""
    if path.is_absolute():
        ends = path.parts[1:][-_PARTS:]
        candidates = [PurePosixPath(*ends[start:]) for start in range(len(ends))]
    else:
        candidates = [PurePosixPath(folder) / path for folder in folders]
    for candidate in candidates:
        if ".." in candidate.parts:
            continue
        try:
            if (root / candidate).is_file():
                return candidate.as_posix()
        except (OSError, ValueError):
            return ""
    return ""
