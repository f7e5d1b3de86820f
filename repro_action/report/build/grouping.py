# SPDX-License-Identifier: Apache-2.0
"""Many leaves that differ → few lines: whole branches, and runs of siblings that differ alike.

`estimators_[0].tree_`, `estimators_[1].tree_`, … → `estimators_[0…29].tree_`. The order is
that of reading: near the root first, small first, numbers in paths as numbers.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from repro_action.compare.difference import DifferingLeaf
from repro_action.text import ELLIPSIS
from repro_action.tree import Kind, Leaf

_DIGITS = re.compile("([0-9]+)")
_INDEX = re.compile(r"(?<=\[)[0-9]+(?=[\],])|(?<=, )[0-9]+(?=[\],])|(?<=[.'\"])[0-9]+(?=[.'\"]|$)")
_SEGMENT = re.compile(r"[.\[/]")

_RUN = 3
"""Siblings that become one line; of whole branches, which have no values to show, two do."""

_POSITIONS = 4
"""Indices of a path that are tried, from the left."""

_NAMED = 4
"""Indices with gaps that are listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line: a leaf, a branch that only one side has, or a run of siblings.

    Attributes:
        path: of the leaf or branch, or the pattern of the run.
        heads: the leaves that the line stands for, without what lies below them.
        count: number of leaves, with what lies below.
    """

    path: str
    heads: tuple[DifferingLeaf, ...]
    count: int


def natural(path: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `[2]` before `[10]`."""
    # The length stands for the size: int() refuses thousands of digits.
    return tuple(
        (0, len(part.lstrip("0")), part) if part[:1].isdigit() and part.isascii() else (1, 0, part)
        for part in _DIGITS.split(path)
        if part
    )


def groups(leaves: Iterable[DifferingLeaf]) -> list[Group]:
    """Join leaves to lines, the most telling first."""
    return sorted(_runs(_branches(list(leaves))), key=_rank)


def _rank(group: Group) -> tuple[bool, int, int, tuple[tuple[int, int, str], ...]]:
    head = group.heads[0]
    return head.within, len(_SEGMENT.findall(head.path)), min(map(_size, group.heads)), natural(group.path)


def _size(leaf: DifferingLeaf) -> int:
    side = leaf.after or leaf.before
    return math.prod(side.shape) if side is not None else 1


def _branches(leaves: Sequence[DifferingLeaf]) -> list[Group]:
    """Join what one side lacks to the branch that it lacks."""
    lacking = {(leaf.path, leaf.before is None) for leaf in leaves if _one_sided(leaf)}
    below: dict[tuple[str, bool], int] = defaultdict(int)
    kept = []
    for leaf in leaves:
        branch = _branch(leaf, lacking) if _one_sided(leaf) else ""
        if branch:
            below[branch, leaf.before is None] += 1
        else:
            kept.append(leaf)
    return [
        Group(path=leaf.path, heads=(leaf,), count=1 + below[leaf.path, leaf.before is None]) for leaf in kept
    ]


def _branch(leaf: DifferingLeaf, lacking: Collection[tuple[str, bool]]) -> str:
    ends = (match.start() for match in _SEGMENT.finditer(leaf.path) if match.start())
    return next((leaf.path[:end] for end in ends if (leaf.path[:end], leaf.before is None) in lacking), "")


def _one_sided(leaf: DifferingLeaf) -> bool:
    return leaf.before is None or leaf.after is None


def _runs(singles: list[Group]) -> list[Group]:
    """Join siblings, by the leftmost index in which enough of them differ."""
    found: list[Group] = []
    for position in range(_POSITIONS):
        runs: dict[object, list[tuple[str, Group]]] = defaultdict(list)
        rest: list[Group] = []
        for group in singles:
            spots = list(_INDEX.finditer(group.path))
            if position < len(spots):
                start, end = spots[position].span()
                key = (group.path[:start], group.path[end:], _manner(group.heads[0]))
                runs[key].append((group.path[start:end], group))
            else:
                found.append(group)
        for members in runs.values():
            enough = _RUN - _one_sided(members[0][1].heads[0])
            if len(members) >= enough:
                found.append(_run(position, members))
            else:
                rest.extend(group for _, group in members)
        singles = rest
    return found + singles


def _run(position: int, members: Sequence[tuple[str, Group]]) -> Group:
    ranked = sorted(members, key=lambda member: natural(member[0]))
    indices = [index for index, _ in ranked]
    whole = len(indices[-1]) < 10 and int(indices[-1]) - int(indices[0]) == len(indices) - 1
    span = f"{indices[0]}{ELLIPSIS}{indices[-1]}"
    if not whole and len(indices) <= _NAMED:
        span = ",".join(indices)
    first = ranked[0][1]
    start, end = list(_INDEX.finditer(first.path))[position].span()
    return Group(
        path=first.path[:start] + span + first.path[end:],
        heads=tuple(group.heads[0] for _, group in ranked),
        count=sum(group.count for _, group in ranked),
    )


def _manner(leaf: DifferingLeaf) -> tuple[object, ...]:
    """Return what leaves have in common that differ in the same way."""
    before, after = leaf.before, leaf.after
    reshaped = before is not None and after is not None and before.shape != after.shape
    return (leaf.within, leaf.undecided, _type(before), _type(after), reshaped and leaf.elements is None)


def _type(leaf: Leaf | None) -> tuple[Kind, str] | None:
    return (leaf.kind, leaf.dtype) if leaf is not None else None
