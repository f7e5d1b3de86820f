# SPDX-License-Identifier: Apache-2.0
"""The history of a metric over accepted baselines, and its chart, which GitHub draws in comments.

A chart's text is another language, in which code spans mean nothing: of a foreign name, only
letters, digits and a few signs get in. Colours are chosen to be seen in light and dark.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.report.states import Goal

FEWEST = 3
"""Points without which a chart says no more than the table."""

MOST = 16

_SMALLEST, _LARGEST = 1e-4, 1e9
"""Sizes of numbers that charts write without an exponent, which they do not know."""

_ODD = re.compile(r"[^A-Za-z0-9_.-]+")

_FRAME = """---
config:
  xyChart:
    width: 640
    height: 240
    yAxis:
      labelFontSize: 10
  themeVariables:
    xyChart:
      plotColorPalette: "#3b82f6"
      backgroundColor: "#00000000"
---
xychart-beta
    title "{title}"
    x-axis [{places}]
    y-axis {low} --> {high}
    line [{values}]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One metric over time.

    Attributes:
        values: of accepted baselines, the oldest first, and last of this run.
    """

    file: str
    name: str
    goal: Goal
    values: tuple[float, ...]

    @property
    def drawn(self) -> bool:
        """Whether a chart can show it, and shows more than a straight line."""
        sizes = [abs(value) for value in self.values if value]
        return (
            FEWEST <= len(self.values) <= MOST
            and all(map(math.isfinite, self.values))
            and len(set(map(_number, self.values))) > 1
            and all(_SMALLEST <= size < _LARGEST for size in sizes)
        )


def chart(trend: Trend) -> str:
    """Return the text of a Mermaid chart of a trend that can be drawn."""
    low, high = min(trend.values), max(trend.values)
    margin = (high - low) / 10
    better = {Goal.MAX: ", higher is better", Goal.MIN: ", lower is better", Goal.NONE: ""}[trend.goal]
    name = _ODD.sub("_", trend.name)[:40]
    return _FRAME.format(
        title=name + better,
        places=", ".join(f'"{place}"' for place in _places(trend.values)),
        low=_number(low - margin),
        high=_number(high + margin),
        values=", ".join(map(_number, trend.values)),
    )


def _places(values: Sequence[float]) -> list[str]:
    """Return the labels below the points: how many baselines ago."""
    return [*(str(place) for place in range(1 - len(values), 0)), "now"]


def _number(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".")
