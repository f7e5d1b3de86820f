# SPDX-License-Identifier: Apache-2.0
"""The drawings of a report: how its metrics went, arrays and pictures before and after, matrices."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repro_action.noise.margin import BAR
from repro_action.report.model import Goal, MetricRow, Trend
from repro_action.report.numbers import number, plain, signed
from repro_action.report.render.html.extras import ArrayPlot, MatrixPair, PictureTriple
from repro_action.report.render.html.markup import Html
from repro_action.report.render.html.svg import BarChart, LineChart, bar_chart, line_chart, sparkline

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


def history(trends: Iterable[Trend], rows: Sequence[MetricRow] = ()) -> tuple[ChartFigure, ...]:
    """Return a chart of each metric that has a history of at least two finite values.

    Args:
        trends: of metrics.
        rows: the same metrics, with what other seeds alone do to them where that was measured.
    """
    noise = {(row.file, row.name): _band(row) for row in rows}
    drawn = (trend for trend in trends if sum(map(math.isfinite, trend.values)) > 1)
    return tuple(_trend(trend, noise.get((trend.file, trend.name))) for trend in drawn)


def _trend(trend: Trend, band: tuple[float, float] | None) -> ChartFigure:
    return ChartFigure(name=trend.name, note=_note(trend, band), drawing=_chart(trend, band))


def _band(row: MetricRow) -> tuple[float, float] | None:
    """Return two standard deviations of seed noise around the accepted value; None where none is known."""
    before, noise = row.before, row.noise
    known = noise is not None and not noise.stale and noise.deviation is not None
    if not known or noise is None or noise.deviation is None:
        return None
    if isinstance(before, bool) or not isinstance(before, int | float) or abs(before) > _LARGEST:
        return None
    return before - BAR * noise.deviation, before + BAR * noise.deviation


_LARGEST = 2.0**64


def _note(trend: Trend, band: tuple[float, float] | None) -> str:
    shaded = "shaded: two standard deviations of seed noise" if band is not None else ""
    return "; ".join(filter(None, (_BETTER[trend.goal], shaded)))


def _chart(trend: Trend, band: tuple[float, float] | None) -> Html:
    ago = len(trend.values) - 1
    places = (f"{ago} baseline{'' if ago == 1 else 's'} ago", "this run")
    bands = [band] * len(trend.values) if band is not None else ()
    return line_chart(LineChart(name=_sentence(trend), values=trend.values, places=places, band=bands))


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


def plot_figure(plot: ArrayPlot) -> ChartFigure:
    """Return an array before and after: its values by index, or the histograms of both."""
    name = f"{plot.artifact}: {plot.leaf}" if plot.leaf else plot.artifact
    if plot.bins is None:
        last = str(len(plot.after) - 1)
        drawing = line_chart(
            LineChart(
                name=f"Values of {name} by index, before dashed and after as a line",
                values=plot.after,
                before=plot.before,
                places=("index 0", last),
                dots=len(plot.after) <= _DOTTED,
            )
        )
        return ChartFigure(name=name, note="", drawing=drawing)
    low, high = (f"{bound:.4g}" for bound in plot.bins)
    sentence = f"Histogram of {plot.elements} values of {name} from {low} to {high}, before and after"
    bars = BarChart(name=sentence, values=plot.after, before=plot.before, labels=(low, high))
    return ChartFigure(name=name, note=f"{plot.elements:,} values", drawing=bar_chart(bars))


_DOTTED = 24
"""Values up to which each has a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFigure:
    """A picture in three views.

    Attributes:
        name, note: foreign.
        views: what it shows, and the picture as an address that has it inside.
        width, height: in pixels.
    """

    name: str
    note: str
    views: tuple[tuple[str, Html], ...]
    width: int
    height: int


def picture_figure(picture: PictureTriple) -> PictureFigure:
    """Return a picture before, after and where they differ, each inside the page."""
    views = (("before", picture.before), ("after", picture.after), ("difference", picture.difference))
    return PictureFigure(
        name=picture.artifact,
        note=picture.note,
        views=tuple((name, _inline(data)) for name, data in views if data),
        width=picture.width,
        height=picture.height,
    )


def _inline(data: bytes) -> Html:
    return Html(f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFigure:
    """One confusion matrix: each cell with its count, how strongly it is filled, and what it changed by."""

    name: str
    rows: tuple[tuple[tuple[str, int, str], ...], ...]


def matrix_figure(pair: MatrixPair) -> MatrixFigure:
    """Return the later matrix; each cell is filled by its share of the row and says what it changed by."""
    rows = []
    for place, row in enumerate(pair.after):
        total = sum(row) or 1.0
        earlier = pair.before[place] if pair.before else row
        pairs = zip(row, earlier, strict=True)
        cells = ((plain(now), round(9 * now / total), _changed(now - was)) for now, was in pairs)
        rows.append(tuple(cells))
    return MatrixFigure(name=pair.name, rows=tuple(rows))


def _changed(amount: float) -> str:
    return signed(amount) if amount else ""
