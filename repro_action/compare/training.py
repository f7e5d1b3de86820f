# SPDX-License-Identifier: Apache-2.0
"""Where two trainings part: the first step of a log at which a value is another one.

Values are there as long as both files are, and those of short lists always; of the columns of an accepted
log a baseline keeps marks, which tell about where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from repro_action.compare.difference import DifferingLeaf, ProductDifference
from repro_action.compare.log_columns import counted_by, is_logged, is_loss
from repro_action.compare.marks import LONGEST, marks_of, parted_between
from repro_action.compare.pairs import element_size, numeric_pair
from repro_action.compare.parting import TrainingParting
from repro_action.compare.walk import pieces, same
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.dtypes import EVERY, decode, is_numeric
from repro_action.tree import Kind, Leaf, Scalar

_HOLDERS = frozenset({"folder", "zip", "tar"})
_ENTRY = re.compile(r"(?P<above>.*)\[(?P<index>\d{1,9})\](?P<below>.*?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _First:
    """The first entry of one series that differs; `until` is the last one it can be, where marks tell."""

    index: int
    before: Scalar = None
    after: Scalar = None
    ulp: int | None = None
    until: int | None = None


def partings(products: Iterable[ProductDifference]) -> tuple[TrainingParting, ...]:
    """Return where the trainings part whose logs are among the products, a parting each, by path."""
    return tuple(parting for one in products for parting in _of_product(one))


def _of_product(found: ProductDifference) -> Iterator[TrainingParting]:
    """Yield the earliest parting of each log in an artifact; none where its values are not there."""
    if found.before is None or found.after is None:
        return
    leaves, form = found.after.leaves, found.after.format
    logs: dict[str, dict[str, _First]] = {}
    for series, first in _firsts(found.leaves):
        if is_logged(series, leaves, form):
            member = _member(series) if form in _HOLDERS else ""
            logs.setdefault(member, {})[series] = first
    for member, firsts in sorted(logs.items()):
        yield _parting(f"{found.path}/{member}".strip("/"), firsts, leaves)


def _member(series: str) -> str:
    """Return which file of a folder or an archive a series is in."""
    column = "[" not in series and "/" in series
    return series.rpartition("/")[0] if column else series.partition("[")[0]


def _parting(artifact: str, firsts: Mapping[str, _First], after: Mapping[str, Leaf]) -> TrainingParting:
    series = min(firsts, key=lambda name: (firsts[name].index, not is_loss(name), name))
    first = firsts[series]
    unit, axis = counted_by(series, after)
    return TrainingParting(
        artifact=artifact,
        series=series,
        index=first.index,
        unit=unit,
        at=_entry(axis, first.index, after) if first.until is None else None,
        last=_entry(axis, first.index - 1, after) if first.index else None,
        before=first.before,
        after=first.after,
        ulp=first.ulp,
        until=first.until,
        until_at=_entry(axis, first.until, after) if first.until is not None else None,
        entries=_entries(series, after),
    )


def _entries(series: str, leaves: Mapping[str, Leaf]) -> int:
    """Return how many entries a series has; 0 where that is unknown."""
    leaf = leaves.get(series)
    if leaf is not None:
        return leaf.shape[0] if leaf.kind is Kind.ARRAY and len(leaf.shape) == 1 else 0
    places = map(_place, leaves)
    return sum(1 for place in places if place is not None and place[0] == series)


def _firsts(leaves: Iterable[DifferingLeaf]) -> Iterator[tuple[str, _First]]:
    """Yield the series that differ, each with its first entry that does."""
    entries: dict[str, _First] = {}
    for leaf in leaves:
        if leaf.before is None or leaf.after is None or leaf.within:
            continue
        if leaf.before.kind is leaf.after.kind is Kind.ARRAY:
            first = _first_of(leaf.before, leaf.after)
            if first is not None:
                yield leaf.path, first
        elif leaf.before.kind is leaf.after.kind is Kind.NUMBER and (place := _place(leaf.path)):
            series, index = place
            if series not in entries or index < entries[series].index:
                entries[series] = _of_numbers(index, leaf)
    yield from entries.items()


def _of_numbers(index: int, leaf: DifferingLeaf) -> _First:
    before, after = leaf.before, leaf.after
    return _First(
        index,
        before=before.value if before is not None else None,
        after=after.value if after is not None else None,
        ulp=leaf.elements.max_ulp if leaf.elements is not None else None,
    )


def _first_of(before: Leaf, after: Leaf) -> _First | None:
    """Return the first element in which two columns differ, as far as both go."""
    one, other, dtype = before.payload, after.payload, before.dtype
    if one is None or other is None:
        return _by_marks(before, after)
    size = element_size(dtype)
    plain = dtype == after.dtype and is_numeric(dtype) and len(before.shape) == len(after.shape) == 1
    if not plain or before.shape[0] * size > LONGEST:
        return None
    try:
        for start, one_piece, other_piece in pieces(one, other, size):
            shared = min(len(one_piece), len(other_piece))
            left, right = one_piece[:shared], other_piece[:shared]
            if not same(left, right):
                return _first_inside(left, right, dtype, start // size)
    except ArtifactUnreadable:
        return None
    return None


def _by_marks(before: Leaf, after: Leaf) -> _First | None:
    """Return about where two columns of one length part, by the marks of their beginnings."""
    if (before.dtype, before.shape) != (after.dtype, after.shape):
        return None
    marks = (before.marks or marks_of(before), after.marks or marks_of(after))
    between = parted_between(*marks, before.shape[0]) if len(before.shape) == 1 else None
    return _First(between[0], until=between[1] - 1) if between is not None else None


def _first_inside(left: memoryview, right: memoryview, dtype: str, start: int) -> _First | None:
    if dtype == "|b1":
        return None
    pair = numeric_pair(left, right, dtype)
    at = int(pair.where[0])
    ulp = int(pair.ulp[0]) if pair.ulp is not None and pair.finite[0] else None
    before, after = (decode(side, dtype)[at].item() for side in (left, right))
    return _First(start + at, before=before, after=after, ulp=ulp)


def _place(path: str) -> tuple[str, int] | None:
    """Return the series that a value of a list belongs to, and its place there."""
    match = _ENTRY.fullmatch(path)
    return (f"{match['above']}{EVERY}{match['below']}", int(match["index"])) if match is not None else None


def _entry(axis: str, index: int, leaves: Mapping[str, Leaf]) -> Scalar:
    """Return what the column that a log counts by says of an entry; None where it is not known."""
    if not axis or index < 0:
        return None
    for path in (axis.replace(EVERY, f"[{index}]"), f"{axis}[{index}]"):
        if path != axis and path in leaves and leaves[path].kind is Kind.NUMBER:
            return leaves[path].value
    leaf = leaves.get(axis)
    if leaf is None or leaf.payload is None or not is_numeric(leaf.dtype):
        return None
    size = element_size(leaf.dtype)
    try:
        for number, chunk in enumerate(leaf.payload.chunks(size * 4096)):
            if index < (number + 1) * 4096:
                inside = index - number * 4096
                data = memoryview(chunk)[inside * size : (inside + 1) * size]
                return decode(data, leaf.dtype)[0].item() if len(data) == size else None
    except ArtifactUnreadable:
        return None
    return None
