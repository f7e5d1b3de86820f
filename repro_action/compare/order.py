# SPDX-License-Identifier: Apache-2.0
"""Whether the keys that two mappings have in common stand in another order, or only others joined them.

A baseline keeps the digest of an order, not the order. Where it is not at hand, the orders that the
other side allows are tried: its own without the keys that are new, with one that is gone anywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice, takewhile

from repro_action.listing import REST, SegmentOrder, join, order_digest
from repro_action.tree import Kind, Leaf

_SEGMENT = re.compile(
    r"""\[b?'(?:[^'\\]|\\.)*'\]|\[b?"(?:[^"\\]|\\.)*"\]|\[[^\]]*\]|[./]?[^./\[]+""", re.DOTALL
)
"""The first segment of what is left of a rendered path."""


class KeyOrder(Enum):
    """The order of the keys that both sides have."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"
    """Keys were added or removed, and nobody knows how the others stood."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a branch.

    Attributes:
        line: its own; None where the branch is a plain mapping in the order of its keys.
        keys: rendered paths of its children; in their order where that is known.
        ordered: whether it is.
    """

    line: Leaf | None
    keys: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class SortedLines:
    """All lines of an artifact, and their paths in an order in which those below one are neighbours."""

    lines: Mapping[str, Leaf]
    paths: list[str]

    @classmethod
    def of(cls, lines: Mapping[str, Leaf]) -> SortedLines:
        """Sort the paths of some lines."""
        return cls(lines, sorted(lines))

    def below(self, path: str) -> dict[str, Leaf]:
        """Return the line of a branch, if it has one, and those below it."""
        found = islice(self.paths, bisect_left(self.paths, path), None)
        return {line: self.lines[line] for line in takewhile(lambda line: line.startswith(path), found)}


def key_order(path: str, left: SortedLines, right: SortedLines) -> KeyOrder:
    """Compare the order of the keys that a branch has on both sides.

    Args:
        path: of the branch.
        left: lines of one artifact.
        right: lines of the other.
    """
    before, after = left.below(path), right.below(path)
    if not path and (REST in before or REST in after):
        return KeyOrder.UNKNOWN
    one, other = _side(path, before, after), _side(path, after, before)
    common = set(one.keys) & set(other.keys)
    if not (before.keys() ^ after.keys()) - {path} or common == set(one.keys) == set(other.keys):
        return KeyOrder.OTHER
    if one.ordered and other.ordered:
        orders = [[key for key in side.keys if key in common] for side in (one, other)]
        return KeyOrder.SAME if orders[0] == orders[1] else KeyOrder.OTHER
    if one.ordered or other.ordered:
        return _tried(path, *((one, other) if one.ordered else (other, one)))
    return KeyOrder.UNKNOWN


def _side(path: str, lines: Mapping[str, Leaf], others: Mapping[str, Leaf]) -> _Side:
    line = lines.get(path)
    if line is not None and isinstance(line.payload, SegmentOrder):
        return _Side(line, tuple(join(path, segment) for segment in line.payload.segments), ordered=True)
    opposite = others.get(path)
    opposite_segments = (
        opposite.payload.segments if opposite and isinstance(opposite.payload, SegmentOrder) else ()
    )
    keys = _keys(path, lines, {join(path, segment) for segment in opposite_segments})
    by_name = line is None or line.digest == order_digest(line, ())
    return _Side(line, keys, ordered=by_name)


def _keys(path: str, lines: Mapping[str, Leaf], prefixes: set[str]) -> tuple[str, ...]:
    """Return the children of a branch, by name, from the paths of all that is listed."""
    keys: set[str] = set()
    for line in lines:
        rest = line[len(path) :]
        if not rest or (path and rest[0] not in "./["):
            continue
        ends = range(len(path) + 1, len(line) + 1)
        within = next((line[:end] for end in ends if line[:end] in prefixes), "")
        first = _SEGMENT.match(rest)
        keys.add(within or path + (first[0] if first else rest))
    return tuple(sorted(keys))


def _tried(path: str, ordered: _Side, unordered: _Side) -> KeyOrder:
    """Compare where of one side only the digest of its order is at hand."""
    line = unordered.line
    missing = [key for key in unordered.keys if key not in ordered.keys]
    if line is None or line.kind is not Kind.OBJECT or len(missing) > 1:
        return KeyOrder.UNKNOWN
    kept = [key for key in ordered.keys if key in unordered.keys]
    found = any(order_digest(line, order) == line.digest for order in _orders(path, kept, missing, ordered))
    return KeyOrder.SAME if found else KeyOrder.OTHER


def _orders(path: str, kept: list[str], missing: list[str], ordered: _Side) -> Iterator[Iterable[str]]:
    """Yield the segments of `kept`, with the missing one at each place."""
    segments = dict(zip(ordered.keys, _segments(path, ordered), strict=True))
    order = [segments[key] for key in kept]
    if not missing:
        yield order
        return
    for lead in ("",) if path else ("", ".", "/"):  # which `join` drops at the root
        for place in range(len(order) + 1):
            yield [*order[:place], lead + missing[0][len(path) :], *order[place:]]


def _segments(path: str, side: _Side) -> Iterable[str]:
    if side.line is not None and isinstance(side.line.payload, SegmentOrder):
        return side.line.payload.segments
    return [key[len(path) :] for key in side.keys]
