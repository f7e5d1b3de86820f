# SPDX-License-Identifier: Apache-2.0
"""Rules for the paths and globs of `[[steps]]`; pure, on POSIX paths relative to the project.

A glob is matched folder by folder: `*`, `?` and `[…]` inside one name, `**` for any number of
folders. As in a shell, a wildcard does not match a leading dot, so `**/*.py` does not
wander into `.venv` or `.git`. A folder that matches counts with everything below it.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

from repro_action.errors import GraphError

_MAGIC = re.compile(r"[*?\[]")
RESERVED = frozenset({".git", ".repro"})
"""Folders at the top of a project that no step may write to."""


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


def is_glob(pattern: str) -> bool:
    """Whether a pattern has a wildcard."""
    return _MAGIC.search(pattern) is not None


def within(path: str, folder: str) -> bool:
    """Whether a path is the folder, or lies below it."""
    return path == folder or path.startswith(f"{folder}/")


def literal_prefix(pattern: str) -> str:
    """Return the folders of a pattern before its first wildcard; `""` if it starts with one."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if is_glob(part):
            break
        parts.append(part)
    return "/".join(parts)


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern names a path or a folder above it."""
    if not is_glob(pattern):
        return within(path, pattern)
    parts = tuple(pattern.split("/"))
    states = start(parts)
    for name in path.split("/"):
        states = advance(parts, states, name)
        if accepts(parts, states):
            return True
    return False


def reaches(pattern: str, path: str) -> bool:
    """Whether a pattern names a path, a folder above it, or starts below it.

    A wildcard alone does not reach into a folder: `**/*.csv` does not reach `out`, but
    `out/*.csv` does. Otherwise each step with a broad glob would depend on each other one.
    """
    prefix = literal_prefix(pattern)
    return covers(pattern, path) or (prefix != "" and within(prefix, path))


def start(parts: tuple[str, ...]) -> frozenset[int]:
    """Return the positions in a pattern before the first folder name is read."""
    return _skip(parts, {0})


def advance(parts: tuple[str, ...], states: frozenset[int], name: str) -> frozenset[int]:
    """Return the positions in a pattern after one more name; empty when it cannot match.

    All positions are followed at once, so the cost stays linear however many `**` there are.
    """
    following: set[int] = set()
    for state in states:
        if state == len(parts):
            continue
        if parts[state] == "**":
            if not name.startswith("."):
                following.add(state)
        elif _matches_name(parts[state], name):
            following.add(state + 1)
    return _skip(parts, following)


def accepts(parts: tuple[str, ...], states: frozenset[int]) -> bool:
    """Whether the names read so far are all that a pattern asks for."""
    return len(parts) in states


def _skip(parts: tuple[str, ...], states: set[int]) -> frozenset[int]:
    for state in sorted(states):
        position = state
        while position < len(parts) and parts[position] == "**":
            position += 1
            states.add(position)
    return frozenset(states)


def _matches_name(part: str, name: str) -> bool:
    if name.startswith(".") and not part.startswith("."):
        return False
    return part == name if not is_glob(part) else _compiled(part).match(name) is not None


@lru_cache(maxsize=256)
def _compiled(part: str) -> re.Pattern[str]:
    return re.compile(translate(part))
