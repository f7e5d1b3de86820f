# SPDX-License-Identifier: Apache-2.0
"""Two files of predictions → what differs, row by row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from repro_action.predictions.churn import ROWS, ChangedRow, PredictionChurn
from repro_action.predictions.decisions import decisions
from repro_action.predictions.matching import RowMatch, match, unlike_kinds
from repro_action.predictions.score_changes import score_changes
from repro_action.predictions.table import (
    LONGEST,
    PredictionsRefused,
    PredictionTable,
    numbers_of,
    shown_class,
    texts,
    with_numbers,
)
from repro_action.tree import Scalar

MOST_REAL = 20
"""Labels that are real numbers, not all whole: so many unlike ones may be classes."""

_T = TypeVar("_T")
_Texts = tuple[list[str | None], list[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRows:
    """What both sides say of each row that they have in common; of each pair, the older one first.

    Attributes:
        keys: how a row is called.
        labels, truth: None where a side has none.
        scores: NaN where one is missing; None where a side has none.
        remarks: what a reader should know of it.
    """

    keys: Sequence[str]
    labels: _Texts | None = None
    truth: _Texts | None = None
    scores: tuple[list[float], list[float]] | None = None
    remarks: tuple[str, ...] = ()

    def right(self, row: int) -> tuple[bool | None, bool | None]:
        """Whether each side's label is the truth; None where that is not known."""
        if self.labels is None or self.truth is None:
            return None, None
        truth, other = self.truth[0][row], self.truth[1][row]
        if truth is None or truth != other:
            return None, None
        return self.labels[0][row] == truth, self.labels[1][row] == truth


def compare_predictions(
    path: str, before: PredictionTable, after: PredictionTable, *, key: str = "", show_rows: bool = False
) -> PredictionChurn:
    """Compare two versions of a file of predictions.

    Args:
        path: of the file.
        before: the older version.
        after: the newer one.
        key: name of the column that has the keys; empty for none.
        show_rows: whether rows are listed.

    Returns:
        What differs; with the reason where the two cannot be compared.
    """
    try:
        pairs = match(before, after)
        rows = _matched(before, after, pairs)
    except PredictionsRefused as refused:
        return PredictionChurn(path=path, absent=str(refused), rows_before=before.rows, rows_after=after.rows)
    if rows.labels is None and rows.scores is None:
        return PredictionChurn(path=path, absent="the two sides have no column of labels or scores in common")
    if not rows.keys:
        absent = "no row of one side has the key of a row of the other side"
        return PredictionChurn(path=path, absent=absent, rows_before=before.rows, rows_after=after.rows)
    return PredictionChurn(
        path=path,
        rows_before=before.rows,
        rows_after=after.rows,
        key=key,
        unmatched_before=pairs.unmatched_before,
        unmatched_after=pairs.unmatched_after,
        decisions=decisions(*rows.labels, rows.truth) if rows.labels is not None else None,
        scores=score_changes(*rows.scores) if rows.scores is not None else None,
        remarks=(*pairs.remarks, *rows.remarks),
        changed_rows=tuple(_changed(rows)) if show_rows else (),
    )


def _matched(before: PredictionTable, after: PredictionTable, pairs: RowMatch) -> MatchedRows:
    labels, truth, scores = None, None, (before.scores, after.scores)
    remarks: tuple[str, ...] = ()
    if before.labels is not None and after.labels is not None:
        if _are_values(before.labels) or _are_values(after.labels):
            scores = scores if None not in scores else (before.labels, after.labels)
            remarks = (f"the labels are more than {MOST_REAL} real numbers: they are compared as values",)
        else:
            labels = _texts(before.labels, after.labels, pairs)
            truth = _truth(before, after, pairs)
            remarks = (*unlike_kinds("labels", before.labels, after.labels), *_unlike_truth(truth))
    old, new = scores
    return MatchedRows(
        keys=pairs.keys,
        labels=labels,
        truth=truth,
        scores=None
        if old is None or new is None
        else (_chosen(numbers_of(old), pairs.before), _chosen(numbers_of(new), pairs.after)),
        remarks=remarks,
    )


def _chosen(cells: Sequence[_T], rows: Sequence[int]) -> list[_T]:
    return [cells[row] for row in rows]


def _texts(
    before: Sequence[Scalar], after: Sequence[Scalar], pairs: RowMatch, *others: Sequence[Scalar]
) -> _Texts:
    """Return the texts of matched rows; `others` are compared with them as well."""
    numbers = with_numbers(before, after, *others)
    old, new = texts(before, numbers=numbers), texts(after, numbers=numbers)
    return _chosen(old, pairs.before), _chosen(new, pairs.after)


def _are_values(labels: Sequence[Scalar]) -> bool:
    """Whether labels are predicted values rather than classes: real numbers, many of them unlike."""
    real = {cell for cell in labels if isinstance(cell, float) and not math.isnan(cell)}
    return len(real) > MOST_REAL and not all(value.is_integer() for value in real)


def _truth(before: PredictionTable, after: PredictionTable, pairs: RowMatch) -> _Texts | None:
    if before.truth is None or after.truth is None:
        return None
    return _texts(before.truth, after.truth, pairs, before.labels or (), after.labels or ())


def _unlike_truth(truth: _Texts | None) -> tuple[str, ...]:
    unlike = sum(1 for one, other in zip(*truth, strict=True) if one != other) if truth is not None else 0
    if not unlike:
        return ()
    rows = "1 row has" if unlike == 1 else f"{unlike:,} rows have"
    return (f"{rows} another truth on each side: not judged as right or wrong",)


def _changed(rows: MatchedRows) -> Iterator[ChangedRow]:
    """Yield rows whose label differs, newly wrong ones first, then by key; without labels, by score."""
    labels, scores = rows.labels, rows.scores
    if labels is not None:
        differing = [row for row in range(len(rows.keys)) if labels[0][row] != labels[1][row]]
        differing.sort(key=lambda row: (_RANKS.get(rows.right(row), 2), rows.keys[row]))
    else:
        moved = [abs(new - old) for old, new in zip(*(scores or ((), ())), strict=True)]
        differing = [row for row in range(len(moved)) if moved[row] > 0]
        differing.sort(key=lambda row: (-moved[row], rows.keys[row]))
    for row in differing[:ROWS]:
        right = rows.right(row)
        old, new = (scores[0][row], scores[1][row]) if scores is not None else (math.nan, math.nan)
        yield ChangedRow(
            key=rows.keys[row][:LONGEST],
            before=shown_class(labels[0][row]) if labels is not None else "",
            after=shown_class(labels[1][row]) if labels is not None else "",
            score_before=old if math.isfinite(old) else None,
            score_after=new if math.isfinite(new) else None,
            right_before=right[0],
            right_after=right[1],
        )


_RANKS: Mapping[tuple[bool | None, bool | None], int] = {(True, False): 0, (False, True): 1}
"""Newly wrong rows come first, then newly right ones."""
