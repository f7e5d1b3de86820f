# SPDX-License-Identifier: Apache-2.0
"""One column of two tables compared: its distances, what judges it, and why nothing can be concluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from repro_action.drift import chance, distances
from repro_action.drift.categories import category_counts, unseen, unseen_floor
from repro_action.drift.limits import SMALLEST, DriftLimits
from repro_action.drift.sample import ColumnSample, SampleKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LISTED = 20
"""Names of new and of gone categories that are listed."""


class ColumnState(StrEnum):
    """What is concluded of a column."""

    STABLE = "stable"
    DRIFTED = "drifted"
    ADDED = "added"
    REMOVED = "removed"
    KIND_CHANGED = "kind_changed"
    SMALL = "small"
    """Too few values to tell."""
    SHOWN = "shown"
    """Compared and not judged: dates, which always move on."""


DRIFTS = frozenset({ColumnState.DRIFTED, ColumnState.ADDED, ColumnState.REMOVED, ColumnState.KIND_CHANGED})
"""States that make a table have drifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """One measure of one column.

    Attributes:
        measure: `psi`, `ks`, `js`, `missing`, `new_categories`.
        value: how far apart; of `missing`, with the sign of the change; a lower bound where `most` differs.
        most: the largest that it can be, where the old data is known by counts only.
        limit: the largest that is no drift.
        floor: what chance alone seldom exceeds with so few values.
        exceeded: whether the value is larger than both.
    """

    measure: str
    value: float
    most: float
    limit: float
    floor: float
    exceeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """What is found of one column.

    Attributes:
        name: of the column.
        state: what is concluded.
        kind, new_kind: of the old and of the new values; empty where the column is not there.
        rows, new_rows: cells that have a value, on each side.
        missing, new_missing: shares of cells without one.
        invalid: new cells that are no number in a column of numbers; they count as missing.
        distances: by measure, in the order in which they are shown.
        p_value: that nothing changed; None where nothing is tested.
        q_value: the same, adjusted over all columns of the table.
        added, gone: categories, at most `LISTED`, and how many there are.
        old_bins, new_bins: shares of the bins that the index compares, for a picture.
    """

    name: str
    state: ColumnState
    kind: str = ""
    new_kind: str = ""
    rows: int = 0
    new_rows: int = 0
    missing: float = 0.0
    new_missing: float = 0.0
    invalid: int = 0
    distances: tuple[Distance, ...] = ()
    p_value: float | None = None
    q_value: float | None = None
    added: tuple[str, ...] = ()
    added_count: int = 0
    gone: tuple[str, ...] = ()
    gone_count: int = 0
    old_bins: tuple[float, ...] = ()
    new_bins: tuple[float, ...] = ()

    def distance(self, measure: str) -> Distance | None:
        """Return one measure, where the column has it."""
        return next((one for one in self.distances if one.measure == measure), None)


@dataclass(frozen=True, slots=True)
class _Judge:
    limits: DriftLimits
    alpha: float

    def distance(self, measure: str, value: float, floor: float, most: float | None = None) -> Distance:
        limit: float = getattr(self.limits, measure)
        return Distance(
            measure=measure,
            value=value,
            most=value if most is None else most,
            limit=limit,
            floor=floor,
            exceeded=abs(value) > limit and abs(value) > floor,
        )

    def missing(self, old: ColumnSample, new: ColumnSample) -> Distance:
        floor = chance.share_floor(old.missing_rate, new.missing_rate, old.rows, new.rows, self.alpha)
        return self.distance("missing", new.missing_rate - old.missing_rate, floor)

    def shares(self, old: NDArray[np.int64], new: NDArray[np.int64]) -> tuple[Distance, Distance]:
        n, m = int(old.sum()), int(new.sum())
        bins = int(((old + new) > 0).sum())
        return (
            self.distance(
                "psi",
                distances.population_stability_index(old, new),
                chance.psi_floor(n, m, bins, self.alpha),
            ),
            self.distance(
                "js", distances.jensen_shannon_distance(old, new), chance.js_floor(n, m, bins, self.alpha)
            ),
        )


def compare_columns(
    name: str, old: ColumnSample | None, new: ColumnSample | None, limits: DriftLimits, *, columns: int = 1
) -> ColumnDrift:
    """Compare one column of two tables.

    Args:
        name: of the column.
        old: its old sample; None where that table does not have it.
        new: likewise; one of both is there.
        limits: what is no drift.
        columns: how many the table has, over which chance is shared out.
    """
    if old is None or new is None:
        there = new if old is None else old
        assert there is not None  # noqa: S101 # a column is on one side at least
        state = ColumnState.ADDED if old is None else ColumnState.REMOVED
        return ColumnDrift(
            name=name,
            state=state,
            kind=old.kind.value if old else "",
            new_kind=new.kind.value if new else "",
            rows=old.present if old else 0,
            new_rows=new.present if new else 0,
            missing=old.missing_rate if old else 0.0,
            new_missing=new.missing_rate if new else 0.0,
        )
    judge = _Judge(limits, chance.ALPHA / max(columns, 1))
    found = _compared(old, new, judge)
    kind_changed = old.kind is not new.kind and SampleKind.EMPTY not in {old.kind, new.kind}
    return ColumnDrift(
        name=name,
        state=ColumnState.KIND_CHANGED if kind_changed else _state(found, old, new, limits),
        kind=old.kind.value,
        new_kind=new.kind.value,
        rows=old.present,
        new_rows=new.present,
        missing=old.missing_rate,
        new_missing=new.missing_rate,
        invalid=new.invalid,
        distances=found.distances,
        p_value=found.p_value,
        added=found.added[:LISTED],
        added_count=len(found.added),
        gone=found.gone[:LISTED],
        gone_count=len(found.gone),
        old_bins=found.old_bins,
        new_bins=found.new_bins,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    distances: tuple[Distance, ...] = ()
    p_value: float | None = None
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    old_bins: tuple[float, ...] = ()
    new_bins: tuple[float, ...] = ()
    small: bool = False


def _state(found: _Measured, old: ColumnSample, new: ColumnSample, limits: DriftLimits) -> ColumnState:
    exceeded = [one.measure for one in found.distances if one.exceeded]
    dated = old.kind is SampleKind.DATE and not limits.judged
    if dated:
        exceeded = [measure for measure in exceeded if measure == "missing"]
    if exceeded:
        return ColumnState.DRIFTED
    if min(old.rows, new.rows) < SMALLEST or found.small:
        return ColumnState.SMALL
    return ColumnState.SHOWN if dated else ColumnState.STABLE


def _compared(old: ColumnSample, new: ColumnSample, judge: _Judge) -> _Measured:
    if min(old.rows, new.rows) < SMALLEST:
        return _Measured(small=True)
    missing = judge.missing(old, new)
    if old.kind is not new.kind or old.kind in {SampleKind.TEXT, SampleKind.EMPTY}:
        return _Measured(distances=(missing,))
    if min(old.present, new.present) < SMALLEST:
        return _Measured(distances=(missing,), small=True)
    if old.kind is SampleKind.CATEGORY:
        return _categories(old, new, judge, missing)
    return _numbers(old, new, judge, missing)


def _numbers(old: ColumnSample, new: ColumnSample, judge: _Judge, missing: Distance) -> _Measured:
    edges = _edges(old, new)
    # A profile lists the values where they are few: they tell more than bins.
    listed = old.values is None and old.categories and new.categories
    before, after = category_counts(old, new) if listed else (_counts(old, edges), _counts(new, edges))
    psi, js = judge.shares(before, after)
    n, m = old.present, new.present
    floor = chance.ks_floor(n, m, judge.alpha)
    if old.values is not None and new.values is not None:
        value = most = distances.ks_distance(old.values, new.values)
    elif new.values is not None:
        value, most = distances.ks_bounds(edges, _counts(old, edges), new.values)
    elif (
        old.edges is not None and old.counts is not None and new.edges is not None and new.counts is not None
    ):
        value, most = distances.ks_bounds_of_counts((old.edges, old.counts), (new.edges, new.counts))
    else:
        value, most = 0.0, 1.0
    return _Measured(
        distances=(psi, judge.distance("ks", value, floor, most), js, missing),
        p_value=chance.ks_p_value(value, n, m),
        old_bins=_rounded(before),
        new_bins=_rounded(after),
    )


def _edges(old: ColumnSample, new: ColumnSample) -> NDArray[np.float64]:
    """Return edges of bins: deciles of the old sample, or those of a profile."""
    import numpy as np

    if old.values is not None:
        return distances.decile_edges(old.values) if new.edges is None else new.edges
    return old.edges if old.edges is not None else np.empty(0)


def _counts(sample: ColumnSample, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    import numpy as np

    if sample.values is not None:
        return distances.bin_counts(sample.values, edges)
    if sample.edges is None or sample.counts is None or not len(sample.edges):
        return np.bincount([len(edges)], [sample.present], len(edges) + 1).astype(np.int64)
    if np.array_equal(sample.edges, edges):
        return sample.counts
    return distances.rebinned(sample.edges, sample.counts, edges)


def _categories(old: ColumnSample, new: ColumnSample, judge: _Judge, missing: Distance) -> _Measured:
    before, after = category_counts(old, new)
    psi, js = judge.shares(before, after)
    added, share = unseen(old, new)
    floor = unseen_floor(old, new, judge.alpha)
    gone = tuple(sorted(set(old.categories) - set(new.categories))) if not new.pooled else ()
    return _Measured(
        distances=(psi, js, judge.distance("new_categories", share, floor), missing),
        p_value=chance.chi_square_p_value(before, after),
        added=added,
        gone=gone,
        old_bins=_rounded(before),
        new_bins=_rounded(after),
    )


def _rounded(counts: NDArray[np.int64]) -> tuple[float, ...]:
    total = max(int(counts.sum()), 1)
    return tuple(round(int(count) / total, 4) for count in counts)


Samples = Mapping[str, ColumnSample]
"""The columns of one table, from the left."""
