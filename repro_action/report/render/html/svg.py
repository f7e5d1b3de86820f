# SPDX-License-Identifier: Apache-2.0
"""Small drawings as inline SVG: a line over time with its band, a sparkline, bars.

A drawing has a name for screen readers and takes its colours from the page's style sheet. Numbers
are written with two decimals, so that equal values give equal bytes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repro_action.report.numbers import plain
from repro_action.report.render.html.markup import Html, escaped

WIDTH, HEIGHT = 340, 150
"""Size of a chart, in units that a telephone shows as pixels."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 12, 22
"""Room for numbers around a chart."""

_SPARK = (120, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """Values over places, such as a metric over accepted baselines.

    Attributes:
        name: what a screen reader reads of it, in one sentence; foreign.
        values: of the line, from left to right; one that is not finite leaves a gap.
        places: texts below the first and the last value; foreign.
        before: a second line of the same length, drawn dashed; empty for none.
        band: lower and upper bound of what noise alone does, one pair a value; empty for none.
        dots: whether each value has a dot; the last one is filled.
    """

    name: str
    values: Sequence[float]
    places: tuple[str, str] = ("", "")
    before: Sequence[float] = ()
    band: Sequence[tuple[float, float]] = ()
    dots: bool = True


def line_chart(chart: LineChart) -> Html:
    """Return a chart with an axis of three numbers; nothing without a finite value."""
    numbers = [*chart.values, *chart.before, *(bound for pair in chart.band for bound in pair)]
    finite = [value for value in numbers if math.isfinite(value)]
    if not finite:
        return Html()
    scale = _Scale.of(finite, len(chart.values), len(chart.before))
    parts = [*_axis(scale, min(finite), max(finite)), _band(chart.band, scale)]
    parts += [_line(chart.before, scale, "line before"), _line(chart.values, scale, "line")]
    if chart.dots:
        parts += _dots(chart.values, scale)
    bottom = HEIGHT - 6
    first, last = (escaped(place, 24) for place in chart.places)
    parts.append(f'<text x="{_LEFT}" y="{bottom}">{first}</text>' if first else "")
    parts.append(f'<text x="{WIDTH - _RIGHT}" y="{bottom}" text-anchor="end">{last}</text>' if last else "")
    return _drawing("chart", (WIDTH, HEIGHT), chart.name, parts)


def sparkline(values: Sequence[float], name: str, *, band: tuple[float, float] | None = None) -> Html:
    """Return a line as high as a line of text, its last value with a dot; nothing for fewer than two.

    Args:
        values: from left to right; those that are not finite are left out.
        name: what a screen reader reads; foreign.
        band: lower and upper bound of what noise alone does.
    """
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < 2:
        return Html()
    width, height = _SPARK
    scale = _Scale(low=min(finite), high=max(finite), count=len(finite), box=(4, 4, width - 6, height - 4))
    parts = [_line(finite, scale, "line"), *_dots(finite, scale)[-1:]]
    if band is not None:
        low, high = (min(max(bound, scale.low), scale.high) for bound in band)
        parts.insert(0, _band([(low, high)] * len(finite), scale))
    return _drawing("spark", _SPARK, name, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Groups of one or two bars, such as a histogram before and after.

    Attributes:
        name: what a screen reader reads of it; foreign.
        values: heights of at least 0.
        before: of a second bar at the left of each; empty for none.
        labels: below the first and the last group; foreign.
    """

    name: str
    values: Sequence[float]
    before: Sequence[float] = ()
    labels: tuple[str, str] = ("", "")


def bar_chart(chart: BarChart) -> Html:
    """Return bars above a line, with the number of the highest one; nothing without a value."""
    pairs = [(0.0, value) for value in chart.values]
    if chart.before:
        pairs = list(zip(chart.before, chart.values, strict=True))
    highest = max((height for pair in pairs for height in pair if math.isfinite(height)), default=0.0)
    if not pairs or highest <= 0:
        return Html()
    left, right, top, bottom = _LEFT, WIDTH - _RIGHT, _TOP, HEIGHT - _BOTTOM
    parts = [
        f'<path class="grid" d="M{left} {top}H{right}M{left} {bottom}H{right}"/>',
        f'<text x="{left - 6}" y="{top + 4}" text-anchor="end">{plain(highest)}</text>',
        f'<text x="{left - 6}" y="{bottom + 4}" text-anchor="end">0</text>',
    ]
    parts += (
        _outlines(pairs, highest) if len(pairs) >= _MANY else _bars(pairs, highest, 1 + bool(chart.before))
    )
    first, last = (escaped(label, 24) for label in chart.labels)
    parts.append(f'<text x="{left}" y="{HEIGHT - 6}">{first}</text>' if first else "")
    parts.append(f'<text x="{right}" y="{HEIGHT - 6}" text-anchor="end">{last}</text>' if last else "")
    return _drawing("chart", (WIDTH, HEIGHT), chart.name, parts)


_MANY = 16
"""Groups from which outlines say more than bars."""


def _bars(pairs: Sequence[tuple[float, float]], highest: float, bars: int) -> Iterator[str]:
    step = (WIDTH - _RIGHT - _LEFT) / len(pairs)
    room = step * 0.84
    for place, pair in enumerate(pairs):
        for side, value in enumerate(pair[2 - bars :]):
            size = _height(value, highest)
            x = _LEFT + place * step + (step - room) / 2 + side * room / bars
            kind = "bar before" if bars == 2 and not side else "bar"
            box = (
                f'x="{x:.2f}" y="{HEIGHT - _BOTTOM - size:.2f}" width="{room / bars:.2f}" height="{size:.2f}"'
            )
            yield f'<rect class="{kind}" {box}/>' if size else ""


def _outlines(pairs: Sequence[tuple[float, float]], highest: float) -> Iterator[str]:
    """Yield outlines: the earlier one filled, the later one as a line."""
    step, bottom = (WIDTH - _RIGHT - _LEFT) / len(pairs), HEIGHT - _BOTTOM
    for side, kind in enumerate(("area", "line")):
        path = [f"M{_LEFT} {bottom}"]
        for place, pair in enumerate(pairs):
            path.append(f"V{bottom - _height(pair[side], highest):.2f}H{_LEFT + (place + 1) * step:.2f}")
        if side or any(pair[0] for pair in pairs):
            yield f'<path class="{kind}" d="{"".join(path)}V{bottom}"/>'


def _height(value: float, highest: float) -> float:
    room = HEIGHT - _BOTTOM - _TOP
    return room * (max(value, 0) / highest) if math.isfinite(value) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """From values and places to units of a drawing.

    Attributes:
        box: left, top, right and bottom.
    """

    low: float
    high: float
    count: int
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, values: Sequence[float], *counts: int) -> _Scale:
        low, high = min(values), max(values)
        margin = high / 16 - low / 16  # of halves, as their difference can be beyond all floats
        if margin <= 0:
            margin = abs(high) / 16 or 1.0
        low, high = max(low - margin, -_FURTHEST), min(high + margin, _FURTHEST)
        box = (_LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM)
        return cls(low=low, high=high, count=max(counts), box=box)

    def x(self, place: int) -> float:
        left, _, right, _ = self.box
        return left + (right - left) * (place / (self.count - 1) if self.count > 1 else 0.5)

    def y(self, value: float) -> float:
        _, top, _, bottom = self.box
        span = self.high / 2 - self.low / 2
        part = (value / 2 - self.low / 2) / span if span else 0.5
        return bottom - (bottom - top) * part


_FURTHEST = sys.float_info.max


def _axis(scale: _Scale, low: float, high: float) -> list[str]:
    """Return a line and a number at the lowest and the highest value, and between them."""
    left, _, right, _ = scale.box
    values = (low, low / 2 + high / 2, high) if low < high else (low,)
    path = "".join(f"M{left} {scale.y(value):.2f}H{right}" for value in values)
    labels = (
        f'<text x="{left - 6}" y="{scale.y(value) + 4:.2f}" text-anchor="end">{text}</text>'
        for value, text in zip(values, _apart(*values), strict=True)
    )
    return [f'<path class="grid" d="{path}"/>', *labels]


def _apart(*values: float) -> list[str]:
    """Return numbers with as many digits as it takes to tell them apart, at most seven."""
    for digits in range(3, 8):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == len(texts):
            break
    else:
        texts = [f"{value:.7g}" for value in values]
    return [text.replace("-", "\N{MINUS SIGN}") for text in texts]


def _band(band: Sequence[tuple[float, float]], scale: _Scale) -> str:
    if not band or not all(math.isfinite(bound) for pair in band for bound in pair):
        return ""
    if len(band) == 1:
        band = [*band, *band]
    last = max(len(band) - 1, 1)
    left, _, right, _ = scale.box
    places = [left + (right - left) * place / last for place in range(len(band))]
    above = [f"{x:.2f},{scale.y(high):.2f}" for x, (_, high) in zip(places, band, strict=True)]
    below = [f"{x:.2f},{scale.y(low):.2f}" for x, (low, _) in zip(places, band, strict=True)]
    return f'<polygon class="band" points="{" ".join([*above, *reversed(below)])}"/>'


def _line(values: Sequence[float], scale: _Scale, kind: str) -> str:
    """Return a path with a gap where a value is not finite."""
    path, drawing = [], False
    for place, value in enumerate(values):
        if math.isfinite(value):
            path.append(f"{'L' if drawing else 'M'}{scale.x(place):.2f} {scale.y(value):.2f}")
        drawing = math.isfinite(value)
    return f'<path class="{kind}" d="{"".join(path)}"/>' if path else ""


def _dots(values: Sequence[float], scale: _Scale) -> list[str]:
    last = len(values) - 1
    return [
        f'<circle class="dot{" now" if place == last else ""}" cx="{scale.x(place):.2f}" '
        f'cy="{scale.y(value):.2f}" r="3"/>'
        for place, value in enumerate(values)
        if math.isfinite(value)
    ]


def _drawing(kind: str, size: tuple[int, int], name: str, parts: Sequence[str]) -> Html:
    label = f'role="img" aria-label="{escaped(name, 400)}"' if name else 'aria-hidden="true"'
    return Html(f'<svg class="{kind}" viewBox="0 0 {size[0]} {size[1]}" {label}>{"".join(parts)}</svg>')
