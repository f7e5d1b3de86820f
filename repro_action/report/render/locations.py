# SPDX-License-Identifier: Apache-2.0
"""The line of a value in the text of a baseline.

Reads lines rather than JSON, so that a baseline that git left half merged, or that somebody
wrote by hand with a key a line, still has places; what is not found has its parent's line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEPTH = 6
"""Keys of a path: platforms, a class, products, a file, leaves, a leaf."""

LAST_LINE = 9_999_999
"""The last line that a remark or a link can have."""

_KEY = re.compile(r'("(?:[^"\\]|\\.)*") ?: ?(.*)')
_RUN = re.compile(r"(\d+)(?:…\d+|(?:,\d+)+)")
"""How a report writes several siblings: `[0…29]`, `[1,4,7]`."""


@dataclass(frozen=True, slots=True)
class BaselineLines:
    """Lines of keys by their path."""

    numbers: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> BaselineLines:
        """Index a text; of a key that appears twice, the first place counts."""
        numbers: dict[tuple[str, ...], int] = {}
        path: list[str] = []
        for number, line in enumerate(text.split("\n"), start=1):
            found = _KEY.fullmatch(line.strip())
            if found is not None and len(path) <= DEPTH:
                numbers.setdefault((*path, _text(found[1])), number)
            value = found[2] if found is not None else line.strip()
            if value in {"{", "["}:
                path.append(_text(found[1]) if found is not None else "")
            elif value.rstrip(",") in {"}", "]"} and path:
                path.pop()
        # A file of one object has a level without a key.
        return cls({place[1:]: number for place, number in numbers.items() if place[0] == ""})

    def find(self, *path: str) -> int:
        """Return the line of a path, or of the nearest above it that is known, or 1."""
        return next(
            (self.numbers[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.numbers), 1
        )

    def leaf(self, *path: str, leaf: str) -> int:
        """Return the line of a leaf; of a run of leaves, that of its first."""
        if (*path, leaf) in self.numbers:
            return self.numbers[(*path, leaf)]
        return self.find(*path[:-1], path[-1], _RUN.sub(r"\1", leaf))


def _text(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal
