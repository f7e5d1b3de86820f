# SPDX-License-Identifier: Apache-2.0
"""From the contents of a column to its profile: its kind, bins and categories, in the room that it has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from repro_action.profiles.bins import DIGITS, quantile_bins, rounded
from repro_action.profiles.cells import CellKind, category_key, column_key, number_text
from repro_action.profiles.model import (
    COLUMN_BYTES,
    CROWD,
    MOST_CATEGORIES,
    MOST_DISTINCT,
    ColumnKind,
    ColumnProfile,
    Detail,
)
from repro_action.text import visible

if TYPE_CHECKING:
    import numpy as np

_MOST_CATEGORICAL = 1000
"""Distinct values of a column that is `categorical`."""

_BINS: Mapping[Detail, int] = {"private": 10, "full": 32}
_DATE_DIGITS = 10
_LABEL = 24
"""Characters of a label."""


@dataclass(slots=True)
class ColumnContents:
    """What a column holds, by what its cells are.

    Attributes:
        missing: cells without a value.
        values: kind of cell → pieces of float64: of numbers and truth values themselves, of dates seconds.
        texts: text → rows; None where there are more than `MOST_DISTINCT`.
        text_rows: rows with a text.
    """

    missing: int = 0
    values: dict[CellKind, list[np.ndarray]] = field(default_factory=dict)
    texts: Counter[str] | None = field(default_factory=Counter)
    text_rows: int = 0

    def add(self, kind: CellKind, values: np.ndarray) -> None:
        """Add values of one kind, without NaN."""
        if len(values):
            self.values.setdefault(kind, []).append(values)

    def count_text(self, text: str, rows: int) -> None:
        """Count rows with a text."""
        self.text_rows += rows
        if self.texts is not None:
            self.texts[text] += rows
            if len(self.texts) > MOST_DISTINCT:
                self.texts = None

    def sorted(self, kind: CellKind) -> np.ndarray:
        """Return all values of a kind in order; equal values are the same number, so any sort is stable."""
        import numpy as np

        pieces = self.values.get(kind, [])
        values = np.concatenate(pieces) if pieces else np.zeros(0)
        values.sort()
        return values


def compose(contents: ColumnContents, name: str, detail: Detail) -> ColumnProfile:
    """Return the profile of a column."""
    kinds = {kind: contents.sorted(kind) for kind in contents.values}
    present = contents.text_rows + sum(map(len, kinds.values()))
    base = ColumnProfile(
        name=column_key(name), kind="empty", rows=present + contents.missing, missing=contents.missing
    )
    if not present:
        return replace(base, distinct=0)
    if len(kinds) == 1 and not contents.text_rows:
        kind, values = next(iter(kinds.items()))
        found = _numbers(base, kind, values, name, detail)
    else:
        found = _texts(base, contents.texts, kinds, name, detail)
    return _fitted(found)


def _numbers(
    base: ColumnProfile, cells: CellKind, values: np.ndarray, name: str, detail: Detail
) -> ColumnProfile:
    """Return the profile of a column whose cells are all numbers, all dates, or all truth values."""
    import numpy as np

    firsts = np.flatnonzero(values[1:] != values[:-1]) + 1
    found = replace(base, distinct=len(firsts) + 1)
    if len(firsts) < MOST_CATEGORIES:
        places = [0, *firsts.tolist(), len(values)]
        rows = [end - start for start, end in pairwise(places)]
        texts = {_text(cells, float(values[at])): row for at, row in zip(places, rows, strict=False)}
        found = _with_categories(found, texts, name, detail)
    if cells == "boolean":
        return replace(found, kind="boolean")
    digits = _DATE_DIGITS if cells == "datetime" else DIGITS
    edges, counts = quantile_bins(values, _BINS[detail], digits)
    kind: ColumnKind = "datetime" if cells == "datetime" else "numeric"
    found = replace(found, kind=kind, edges=edges, counts=counts)
    if detail == "private":
        return found
    lowest, highest = (rounded(float(values[at]), digits) for at in (0, -1))
    return replace(found, minimum=lowest, maximum=highest)


def _texts(
    base: ColumnProfile,
    texts: Mapping[str, int] | None,
    kinds: Mapping[CellKind, np.ndarray],
    name: str,
    detail: Detail,
) -> ColumnProfile:
    """Return the profile of a column that has texts, or cells of several kinds."""
    base = replace(base, kind="text", numbers=len(kinds.get("number", ())))
    counted = _counted(texts, kinds)
    if counted is None:
        return base
    distinct = len(counted)
    few = distinct <= _MOST_CATEGORICAL and 2 * distinct <= base.present
    found = replace(base, kind="categorical" if few else "text", distinct=distinct)
    return _with_categories(found, counted, name, detail)


def _counted(texts: Mapping[str, int] | None, kinds: Mapping[CellKind, np.ndarray]) -> Counter[str] | None:
    """Count texts and other values together, by the texts of these; None where there are too many."""
    import numpy as np

    if texts is None:
        return None
    counted = Counter(texts)
    for cells, values in kinds.items():
        each, rows = np.unique(values, return_counts=True)
        if len(each) + len(counted) > MOST_DISTINCT:
            return None
        for value, count in zip(each.tolist(), rows.tolist(), strict=True):
            counted[_text(cells, value)] += count
    return counted


def _text(cells: CellKind, value: float) -> str:
    """Return the text of a value that `category_key` takes."""
    if cells == "boolean":
        return "true" if value else "false"
    return number_text(value) if cells == "number" else f"{number_text(value)} s"


def _with_categories(
    found: ColumnProfile, texts: Mapping[str, int], name: str, detail: Detail
) -> ColumnProfile:
    """Add the most frequent values: by rows, then by text."""
    frequent = sorted(texts.items(), key=lambda item: (-item[1], item[0]))
    complete = len(frequent) <= MOST_CATEGORIES
    chosen = [
        (category_key(name, text), text, rows)
        for text, rows in frequent[:MOST_CATEGORIES]
        if complete or rows >= CROWD
    ]
    labels = {key: visible(text)[:_LABEL] for key, text, _ in chosen} if detail == "full" else {}
    categories = {key: rows if rows >= CROWD else 0 for key, _, rows in chosen}
    return replace(found, categories=categories, labels=labels)


def _fitted(found: ColumnProfile) -> ColumnProfile:
    """Return what fits into `COLUMN_BYTES`: labels go first, then rare categories, then every other edge."""
    while len(column_json(found)) > COLUMN_BYTES:
        if found.labels:
            kept = dict(list(found.labels.items())[: len(found.labels) - 1])
            found = replace(found, labels=kept)
        elif found.categories:
            fewer = dict(list(found.categories.items())[: len(found.categories) - 1])
            found = replace(found, categories=fewer)
        else:
            edges, counts = found.edges[1::2], found.counts
            ends = list(accumulate(counts))
            below = [*ends[1:-1:2], ends[-1]]
            joined = tuple(end - start for start, end in zip([0, *below], below, strict=False))
            found = replace(found, edges=edges, counts=joined)
    return found


def column_json(column: ColumnProfile) -> bytes:
    """Return a profile as compact JSON in UTF-8, without what has its default: as a baseline has it."""
    values = {name: value for name, value in asdict(column).items() if value not in (None, "", (), {}, 0)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
