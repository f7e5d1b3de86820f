# SPDX-License-Identifier: Apache-2.0
"""The one syntax of path patterns: of inputs, artifacts and the configurations of a repository.

A pattern is matched folder by folder: `*`, `?` and `[…]` inside one name, `**` for any number of
folders, and at the end for everything inside. As in a shell, a wildcard does not match a leading dot,
so `**/*.py` does not wander into `.venv` or `.git`. A folder that matches counts with everything below.

All positions in a pattern are followed at once, so the cost stays linear in the length of pattern
and path, however many `**` there are, and a walk enters only folders in which something can match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

_WILDCARD = re.compile(r"[*?\[]")

Positions = frozenset[int]
"""Places in a pattern that may be reached after some names; empty where it cannot match."""


def is_pattern(text: str) -> bool:
    """Whether a path has a wildcard."""
    return _WILDCARD.search(text) is not None


def within(path: str, folder: str) -> bool:
    """Whether a path is the folder, or lies below it."""
    return path == folder or path.startswith(f"{folder}/")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern over POSIX paths relative to the project.

    Attributes:
        text: as it was written, without `./`, doubled and trailing slashes.
    """

    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The pattern of each name on the way."""
        return _parts(self.text)

    @property
    def literal_prefix(self) -> str:
        """The folders before the first wildcard; `""` if it starts with one."""
        parts = self.parts
        count = next((index for index, part in enumerate(parts) if is_pattern(part)), len(parts))
        return "/".join(parts[:count])

    def start(self) -> Positions:
        """Return the positions before the first name is read."""
        return _past_any_folders(self.parts, {0})

    def advance(self, positions: Positions, name: str) -> Positions:
        """Return the positions after one more name of a path."""
        parts = self.parts
        following: set[int] = set()
        for position in positions:
            if position == len(parts):
                continue
            if parts[position] == "**":
                if not name.startswith("."):
                    last = position + 1 == len(parts)
                    following.update({position, position + 1} if last else {position})
            elif _matches_name(parts[position], name):
                following.add(position + 1)
        return _past_any_folders(parts, following)

    def accepts(self, positions: Positions) -> bool:
        """Whether the names read so far are all that the pattern asks for."""
        return len(self.parts) in positions

    def matches(self, path: str) -> bool:
        """Whether the pattern names exactly this path."""
        positions = self.start()
        for name in path.split("/"):
            positions = self.advance(positions, name)
        return self.accepts(positions)

    def covers(self, path: str) -> bool:
        """Whether the pattern names this path or a folder above it."""
        positions = self.start()
        for name in path.split("/"):
            positions = self.advance(positions, name)
            if self.accepts(positions):
                return True
        return False

    def reaches(self, path: str) -> bool:
        """Whether the pattern names a path, a folder above it, or starts below it.

        A wildcard alone does not reach into a folder: `**/*.csv` does not reach `out`, but
        `out/*.csv` does. Otherwise each step with a broad pattern would depend on each other one.
        """
        prefix = self.literal_prefix
        return self.covers(path) or (prefix != "" and within(prefix, path))


def covers(pattern: str, path: str) -> bool:
    """Whether a file, folder or pattern names a path or a folder above it."""
    return PathPattern(pattern).covers(path) if is_pattern(pattern) else within(path, pattern)


def reaches(pattern: str, path: str) -> bool:
    """Whether a file, folder or pattern names a path, a folder above it, or starts below it."""
    if is_pattern(pattern):
        return PathPattern(pattern).reaches(path)
    return pattern != "" and (within(path, pattern) or within(pattern, path))


def literal_prefix(pattern: str) -> str:
    """Return the folders of a pattern before its first wildcard; `""` if it starts with one."""
    return PathPattern(pattern).literal_prefix


def escape_wildcards(path: str) -> str:
    """Return a pattern that matches this one path, whatever characters it has."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _past_any_folders(parts: tuple[str, ...], positions: set[int]) -> Positions:
    """Add the position after each `**` that may stand for no folder at all: not one at the end."""
    last = len(parts) - 1
    skipped = {position + 1 for position in positions if position < last and parts[position] == "**"}
    return frozenset(positions | skipped)


def _matches_name(part: str, name: str) -> bool:
    if name.startswith(".") and not part.startswith("."):
        return False
    return part == name if not is_pattern(part) else _compiled(part).match(name) is not None


@lru_cache(maxsize=256)
def _parts(text: str) -> tuple[str, ...]:
    names = text.split("/")
    # `**` twice in a row says no more than once.
    return tuple(
        name for index, name in enumerate(names) if index == 0 or (name, names[index - 1]) != ("**", "**")
    )


@lru_cache(maxsize=256)
def _compiled(part: str) -> re.Pattern[str]:
    return re.compile(translate(part))
