# SPDX-License-Identifier: Apache-2.0
"""The history of the metrics that differ, over the accepted baselines."""

from __future__ import annotations

from repro_action.report.model import Report
from repro_action.report.sections.metrics import changed_metrics
from repro_action.report.trend import Trend


def trends(report: Report) -> tuple[Trend, ...]:
    """Return the histories that a chart can show, of metrics that differ in either comparison."""
    changed = _changed(report)
    return tuple(trend for trend in report.trends if trend.drawn and (trend.file, trend.name) in changed)


def absent_history(report: Report) -> str:
    """Return why metrics that differ have no chart; empty where nobody would look for one."""
    return report.trends_absent if _changed(report) else ""


def _changed(report: Report) -> set[tuple[str, str]]:
    compared = [side for side in (report.claim, report.change) if side is not None]
    return {(row.file, row.name) for side in compared for row in changed_metrics(side)}
