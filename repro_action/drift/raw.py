# SPDX-License-Identifier: Apache-2.0
"""A column whose every cell is at hand, and the sample that it is beside another column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from repro_action.drift.sample import ColumnSample, SampleKind
from repro_action.profiles.cells import CellKind, category_key, cell_value, number_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_CATEGORIES = 1_000
"""Distinct values of a column of categories at most, as in a profile; each occurs twice on average."""

_HALF = 0.5
_KINDS: Mapping[CellKind, SampleKind] = {"number": SampleKind.NUMBER, "datetime": SampleKind.DATE}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawColumn:
    """Every cell of a column, row by row.

    Attributes:
        kind: of the cells as a whole.
        rows: how many.
        numbers: numbers, or seconds of dates, shape `(rows,)`; NaN where a cell is none.
        labels: distinct texts of the cells, where not all are numbers or dates.
        codes: shape `(rows,)`, the place of a cell's text in `labels`, -1 where it is missing; None without
            labels.
        name: of the column in full.
    """

    kind: SampleKind
    rows: int
    numbers: NDArray[np.float64]
    labels: tuple[str, ...] = ()
    codes: NDArray[np.int64] | None = None
    name: str = ""

    @property
    def category_counts(self) -> Counter[str]:
        """How many cells each text has; a number's is the shortest that reads back."""
        import numpy as np

        if self.codes is not None:
            counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels))
            return Counter(dict(zip(self.labels, counts.tolist(), strict=True)))
        each, counts = np.unique(self.numbers[~np.isnan(self.numbers)], return_counts=True)
        return Counter(
            {_text(value): count for value, count in zip(each.tolist(), counts.tolist(), strict=True)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A table whose every cell is at hand.

    Attributes:
        rows: without the header.
        columns: by their names in a profile (`profiles.cells.column_key`), from the left.
        notes: what people should know of how it was read.
    """

    rows: int
    columns: Mapping[str, RawColumn] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _text(value: float) -> str:
    return number_text(value) if abs(value) != float("inf") else str(value)


def column_of_numbers(values: NDArray[np.float64], kind: SampleKind = SampleKind.NUMBER) -> RawColumn:
    """Return a column of numbers or seconds; NaN is a missing cell."""
    import numpy as np

    empty = bool(np.isnan(values).all())
    return RawColumn(kind=SampleKind.EMPTY if empty else kind, rows=len(values), numbers=values)


def column_of_texts(cells: Sequence[str]) -> RawColumn:
    """Return a column of cells of text, each read as a cell of a profile is: `profiles.cells.cell_value`."""
    import numpy as np

    places: dict[str, int] = {}
    codes = np.fromiter((places.setdefault(cell, len(places)) for cell in cells), np.int64, len(cells))
    read = [cell_value(cell) for cell in places]
    kinds = {kind for kind, _ in read} - {"missing"}
    if len(kinds) == 1 and kinds <= set(_KINDS):
        numbers = np.array([np.nan if kind == "missing" else value for kind, value in read])
        return RawColumn(kind=_KINDS[kinds.pop()], rows=len(cells), numbers=numbers[codes])
    return _labelled([*places], read, codes)


def _labelled(
    texts: Sequence[str], read: Sequence[tuple[CellKind, float]], codes: NDArray[np.int64]
) -> RawColumn:
    """Return a column of texts, truth values, or cells of several kinds."""
    import numpy as np

    labels: dict[str, int] = {}
    code = np.full(len(texts) + 1, -1, np.int64)
    numbers = np.full(len(texts) + 1, np.nan)
    for place, (text, (kind, value)) in enumerate(zip(texts, read, strict=True)):
        if kind == "missing":
            continue
        label = ("true" if value else "false") if kind == "boolean" else text
        if kind in _KINDS:
            label = _text(value) if kind == "number" else f"{_text(value)} s"
        if kind == "number":
            numbers[place] = value
        code[place] = labels.setdefault(label, len(labels))
    present = int((code[codes] >= 0).sum())
    few = len(labels) <= MOST_CATEGORIES and 2 * len(labels) <= max(present, 4)
    found = SampleKind.CATEGORY if few else SampleKind.TEXT
    return RawColumn(
        kind=found if present else SampleKind.EMPTY,
        rows=len(codes),
        numbers=numbers[codes],
        labels=tuple(labels),
        codes=code[codes],
    )


def sample(column: RawColumn, *, like: SampleKind | None = None, keyed: bool = False) -> ColumnSample:
    """Return the sample that a column is.

    Args:
        column: its cells.
        like: the kind of the column that it is compared with: a few texts among numbers are invalid
            numbers, and numbers beside categories are categories.
        keyed: whether its categories stand under the keys of a profile.
    """
    import numpy as np

    kind = column.kind if like is None else _kind_beside(column, like)
    if kind in {SampleKind.NUMBER, SampleKind.DATE}:
        values = np.sort(column.numbers[~np.isnan(column.numbers)]) + 0.0
        missing = column.rows - len(values)
        texts = 0 if column.codes is None else int((column.codes >= 0).sum())
        invalid = texts - len(values) if column.codes is not None else 0
        found = ColumnSample(kind=kind, rows=column.rows, missing=missing, invalid=invalid, values=values)
        return replace(found, categories=_keyed_numbers(column, values)) if keyed else found
    if kind is SampleKind.EMPTY:
        return ColumnSample(kind=kind, rows=column.rows, missing=column.rows)
    counts = column.category_counts
    missing = column.rows - sum(counts.values())
    if kind is SampleKind.TEXT:
        return ColumnSample(kind=kind, rows=column.rows, missing=missing)
    if keyed:
        counts = Counter({category_key(column.name, text): count for text, count in counts.items()})
    return ColumnSample(kind=kind, rows=column.rows, missing=missing, categories=counts)


def _keyed_numbers(column: RawColumn, values: NDArray[np.float64]) -> Mapping[str, int]:
    """Return how many cells each number has, under the keys of a profile; nothing where most differ."""
    import numpy as np

    each, counts = np.unique(values, return_counts=True)
    if len(each) > MOST_CATEGORIES:
        return {}
    pairs = zip(each.tolist(), counts.tolist(), strict=True)
    return {category_key(column.name, _text(value)): count for value, count in pairs}


def _kind_beside(column: RawColumn, like: SampleKind) -> SampleKind:
    import numpy as np

    kind = column.kind
    if kind is like or SampleKind.EMPTY in {kind, like}:
        return kind
    if like is SampleKind.NUMBER and column.codes is not None:
        numbers = int((~np.isnan(column.numbers)).sum())
        return like if numbers > _HALF * int((column.codes >= 0).sum()) else kind
    if like is SampleKind.TEXT and kind is not SampleKind.DATE:
        return like
    return like if like is SampleKind.CATEGORY and kind is not SampleKind.DATE else kind


def matrix(names: Iterable[str], old: RawTable, new: RawTable) -> tuple[list[str], Floats, Floats]:
    """Return the columns of two tables that a classifier can use, side by side, as numbers.

    Categories are numbered by their place in the old table's order, those that it lacks behind them.

    Returns:
        Names, and two arrays of shape `(rows, names)`; NaN is a missing cell.
    """
    import numpy as np

    used: list[str] = []
    pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for name in names:
        one, other = old.columns[name], new.columns[name]
        if one.kind is SampleKind.NUMBER and _kind_beside(other, one.kind) is SampleKind.NUMBER:
            pairs.append((one.numbers, other.numbers))
        elif one.kind is SampleKind.CATEGORY and other.codes is not None and one.codes is not None:
            places = {label: place for place, label in enumerate(one.labels)}
            again = [places.setdefault(label, len(places)) for label in other.labels]
            moved = np.array([*again, -1], np.float64)[other.codes]
            pairs.append((_coded(one.codes.astype(np.float64)), _coded(moved)))
        else:
            continue
        used.append(name)
    if not used:
        return [], np.empty((old.rows, 0)), np.empty((new.rows, 0))
    left, right = zip(*pairs, strict=True)
    return used, np.column_stack(left), np.column_stack(right)


def _coded(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.where(codes < 0, np.nan, codes)
