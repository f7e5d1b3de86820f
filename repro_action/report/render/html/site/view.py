# SPDX-License-Identifier: Apache-2.0
"""What the pages of a site show of a model, as values for templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from repro_action.report.model_history import (
    AcceptedVersion,
    BaselineState,
    MetricSeries,
    ModelHistory,
)
from repro_action.report.render import history_labels as labels
from repro_action.report.render import labels as words
from repro_action.report.render.html import tones
from repro_action.report.render.html.markup import Html
from repro_action.report.render.html.svg import LineChart, line_chart, sparkline
from repro_action.report.render.html.templating import FILTERS as REPORT_FILTERS
from repro_action.text import plural

ON_CARD = 3
"""Metrics of a model that its card shows."""

CHARTS = 24
"""Charts of one page."""

DOTTED = 60
"""Points beyond which a line has no dots."""

_SIGMAS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """The newest value of a metric, with a small drawing of the ones before."""

    name: str
    arrow: str
    value: str
    former: str
    tone: str
    drawing: Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model on the index."""

    model: ModelHistory
    tone: str
    state: str
    metrics: tuple[MetricLine, ...]
    further: int
    last: str
    baselines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChart:
    """A metric over the accepted baselines."""

    line: MetricLine
    drawing: Html
    noise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """The metrics as one baseline has them; a text is empty where it has no such metric."""

    commit: str
    day: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricGroup:
    """The metrics of one platform class.

    Attributes:
        charts: of metrics that more than one baseline has.
        lines: the others.
        names: of the columns of the table of all values.
        rows: of that table, the newest first.
    """

    platform: str
    charts: tuple[MetricChart, ...]
    lines: tuple[MetricLine, ...]
    names: tuple[str, ...]
    rows: tuple[ValueRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """Everything that a model's page shows."""

    model: ModelHistory
    tone: str
    state: str
    groups: tuple[MetricGroup, ...]
    platforms: str
    baselines: str
    omitted: str


def card(model: ModelHistory) -> Card:
    """Return what the index shows of a model: the metrics of its first platform class."""
    first = model.metrics[0].platform if model.metrics else ""
    series = [one for one in model.metrics if one.platform == first]
    newest = model.newest
    return Card(
        model=model,
        tone=_tone(model),
        state=labels.state(model),
        metrics=tuple(_line(one) for one in series[:ON_CARD]),
        further=max(0, len(series) - ON_CARD),
        last=labels.change(newest) if newest is not None else "",
        baselines=plural(len(model.versions) + model.omitted, "baseline"),
    )


def page_of(model: ModelHistory) -> ModelPage:
    """Return what a model's page shows."""
    by_platform = sorted(model.metrics, key=lambda one: one.platform)
    newest = next((one for one in model.versions if one.platforms), None)
    return ModelPage(
        model=model,
        tone=_tone(model),
        state=labels.state(model),
        groups=tuple(
            _group(name, tuple(some)) for name, some in groupby(by_platform, lambda one: one.platform)
        ),
        platforms=", ".join(newest.platforms) if newest is not None else "",
        baselines=plural(len(model.versions) + model.omitted, "accepted baseline"),
        omitted=labels.omitted_versions(model),
    )


def _tone(model: ModelHistory) -> str:
    if model.fault or model.state is BaselineState.UNREADABLE:
        return "bad"
    return tones.tone(model.verdict) if model.verdict is not None else "none"


def _line(series: MetricSeries) -> MetricLine:
    values = [point.value for point in series.points]
    value, former = labels.newest_and_former(series)
    drawing = sparkline(values, _sentence(series)) if len(set(values)) > 1 else Html()
    return MetricLine(
        name=series.name,
        arrow=words.arrow(series.goal),
        value=value,
        former=f"was {former}" if former else "",
        tone={None: "", True: "good", False: "bad"}[labels.better(series)],
        drawing=drawing,
    )


def _sentence(series: MetricSeries) -> str:
    """Return what a screen reader reads of a drawing."""
    first, last = series.points[0], series.points[-1]
    count = plural(len(series.points), "baseline")
    return f"{series.name} over {count}: {labels.short(first.value)} to {labels.short(last.value)}"


def _group(platform: str, series: tuple[MetricSeries, ...]) -> MetricGroup:
    drawn = [one for one in series if len(one.points) > 1][:CHARTS]
    names = tuple(one.name for one in series[:8])
    return MetricGroup(
        platform=platform,
        charts=tuple(map(_chart, drawn)),
        lines=tuple(_line(one) for one in series if one not in drawn),
        names=names if any(len(one.points) > 1 for one in series) else (),
        rows=tuple(_rows(series[:8])),
    )


def _rows(series: Sequence[MetricSeries]) -> Iterator[ValueRow]:
    """Yield the rows of the table of all values; the points of all metrics are in one order."""
    columns = [{point.commit: labels.short(point.value) for point in one.points} for one in series]
    days = {point.commit: point.day for one in series for point in one.points}
    order = {point.commit: place for one in series for place, point in enumerate(reversed(one.points))}
    for commit in sorted(days, key=lambda commit: order[commit]):
        values = tuple(column.get(commit, "") for column in columns)
        yield ValueRow(commit=commit, day=days[commit], values=values)


def _chart(series: MetricSeries) -> MetricChart:
    points, noise = series.points, series.noise
    band = [(noise.mean - _SIGMAS * noise.deviation, noise.mean + _SIGMAS * noise.deviation)] if noise else []
    return MetricChart(
        line=_line(series),
        drawing=line_chart(
            LineChart(
                name=_sentence(series),
                values=[point.value for point in points],
                places=(points[0].day, points[-1].day),
                band=band * len(points),
                dots=len(points) <= DOTTED,
            )
        ),
        noise=f"band: what {noise.count} seeds alone do, mean ± {_SIGMAS} standard deviations"
        if noise
        else "",
    )


def _listed(version: AcceptedVersion) -> bool:
    """Whether there is more to show of a baseline than its line."""
    return any(one.metrics or one.artifacts or one.materials for one in version.changes)


FILTERS: dict[str, Callable[..., object]] = {
    **REPORT_FILTERS,
    "change": labels.change,
    "metric_change": labels.values,
    "listed": _listed,
    "several": lambda parts: len(parts) > 1,
    "first": lambda text, count: text[:count],
}
