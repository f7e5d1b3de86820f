# SPDX-License-Identifier: Apache-2.0
"""A chart is drawn only where it can be, and no foreign text speaks its language."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from golden.comment.hostile import EVIL
from golden.comment.parts import CONTEXT, bundle, entry
from golden.comment.single import new_baseline

from repro_action.report.model import Goal, Trend
from repro_action.report.render.markdown import comment
from repro_action.report.trend import chart

TREND = Trend(file="m.json", name="accuracy", goal=Goal.MAX, values=(0.9, 0.91, 0.95))


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ((0.9, 0.91, 0.95), True),
        ((0.9, 0.95), False),
        ((0.9, 0.9, 0.9), False),
        ((0.9, 0.9, math.nan), False),
        ((0.9, 0.9, math.inf), False),
        ((1e-9, 2e-9, 3e-9), False),
        ((1e12, 2e12, 3e12), False),
        ((0.0, -1.0, 2.0), True),
        ((1.0, 1.0, math.nextafter(1.0, 2)), False),
        (tuple(map(float, range(17))), False),
    ],
)
def test_a_chart_is_drawn_where_it_shows_something(values, drawn):
    assert drawn == replace(TREND, values=values).drawn


def test_a_chart_says_which_way_is_better_and_when():
    text = chart(TREND)
    assert 'title "accuracy, higher is better"' in text
    assert 'x-axis ["-2", "-1", "now"]' in text
    assert "y-axis 0.895 --> 0.955" in text
    assert "line [0.9, 0.91, 0.95]" in text


@pytest.mark.parametrize("name", [EVIL, '"]\n%%{init: {}}%%', "```\n<script>", "", "\u202e@team"])
def test_a_foreign_name_cannot_leave_its_title(name):
    lines = chart(replace(TREND, name=name)).split("\n")
    assert len(chart(TREND).split("\n")) == len(lines)
    (title,) = [line for line in lines if line.startswith("    title ")]
    assert 2 == title.count('"')
    assert set("`<>@%#{}[]$:;").isdisjoint(title)
    assert chart(TREND).split("\n")[: lines.index(title)] == lines[: lines.index(title)]


def test_only_metrics_that_differ_have_a_chart():
    body = comment.render(bundle(entry(new_baseline())), CONTEXT)
    assert body.index("#### Metrics over accepted baselines") < body.index("```mermaid")
    assert "accuracy, higher is better" in body
    assert "val_loss, lower is better" in body
    assert "recall" not in body
