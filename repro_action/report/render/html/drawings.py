# SPDX-License-Identifier: Apache-2.0
"""The drawings of a report: how its metrics went, as charts and beside their rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repro_action.report.model import Goal, MetricRow, Trend
from repro_action.report.numbers import number
from repro_action.report.render.html.markup import Html
from repro_action.report.render.html.svg import LineChart, line_chart, sparkline

_BETTER = {Goal.MAX: "higher is better", Goal.MIN: "lower is better", Goal.NONE: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFigure:
    """A chart with its caption.

    Attributes:
        name: of the metric; foreign.
        note: which direction is better, in words.
        drawing: the chart.
    """

    name: str
    note: str
    drawing: Html


def history(trends: Iterable[Trend]) -> tuple[ChartFigure, ...]:
    """Return a chart of each metric that has a history of at least two finite values."""
    return tuple(
        ChartFigure(name=trend.name, note=_BETTER[trend.goal], drawing=_chart(trend))
        for trend in trends
        if sum(map(math.isfinite, trend.values)) > 1
    )


def _chart(trend: Trend) -> Html:
    ago = len(trend.values) - 1
    places = (f"{ago} baseline{'' if ago == 1 else 's'} ago", "this run")
    return line_chart(LineChart(name=_sentence(trend), values=trend.values, places=places))


def _sentence(trend: Trend) -> str:
    first, last = trend.values[0], trend.values[-1]
    return f"{trend.name} over {len(trend.values)} baselines: from {number(first)} to {number(last)}"


def sparklines(trends: Iterable[Trend], rows: Sequence[MetricRow]) -> Mapping[str, Html]:
    """Return a small drawing for each metric that has a history, by file and name with a line end between."""
    wanted = {(row.file, row.name) for row in rows}
    return {
        f"{trend.file}\n{trend.name}": sparkline(trend.values, _sentence(trend))
        for trend in trends
        if (trend.file, trend.name) in wanted
    }
