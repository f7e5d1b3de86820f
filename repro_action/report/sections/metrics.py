# SPDX-License-Identifier: Apache-2.0
"""The metrics of a comparison: those that differ, by file, and those that say how good the model is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from repro_action.report.model import Comparison, MetricRow, State

UNCHANGED = 6
"""Metrics that are shown with their value though they are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFile:
    """The metrics of one file that differ, those that are not accepted first."""

    file: str
    rows: tuple[MetricRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSection:
    """Metrics of both sides.

    Attributes:
        files: those with a metric that differs, in the order of their first one.
        more: number of metrics that differ and are not shown.
        unchanged: those that are the same, where they are few and none differs.
    """

    files: tuple[MetricFile, ...]
    more: int
    unchanged: tuple[MetricRow, ...]


def metrics(comparison: Comparison, limit: int) -> MetricsSection:
    """Return the metrics of a comparison, at most `limit` that differ."""
    rows = changed_metrics(comparison)
    shown = rows[:limit]
    order = {file: place for place, file in reversed(list(enumerate(row.file for row in shown)))}
    by_file = groupby(sorted(shown, key=lambda row: order[row.file]), key=lambda row: row.file)
    return MetricsSection(
        files=tuple(MetricFile(file=file, rows=tuple(group)) for file, group in by_file),
        more=max(len(rows) - limit, 0),
        unchanged=_unchanged(comparison),
    )


def changed_metrics(comparison: Comparison) -> tuple[MetricRow, ...]:
    """Return the metrics that differ, those that are not accepted first."""
    rows = [row for row in comparison.metrics if row.state is not State.IDENTICAL]
    return tuple(sorted(rows, key=lambda row: row.state.accepted))


def _unchanged(comparison: Comparison) -> tuple[MetricRow, ...]:
    rows = [row for row in comparison.metrics if row.state is State.IDENTICAL]
    return tuple(rows) if len(rows) == len(comparison.metrics) <= UNCHANGED else ()
