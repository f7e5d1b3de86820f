# SPDX-License-Identifier: Apache-2.0
"""Drawings: inside their box, the same bytes for the same values, harmless whatever the values are."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.report.render.html.svg import (
    HEIGHT,
    WIDTH,
    BarChart,
    LineChart,
    bar_chart,
    line_chart,
    sparkline,
)

values = st.lists(st.floats(), min_size=1, max_size=20)


def numbers(drawing: str) -> list[float]:
    places = re.findall(r' (?:d|points|x|y|cx|cy)="([^"]*)"', drawing)
    return [float(found) for place in places for found in re.findall(r"-?\d+(?:\.\d+)?", place)]


@given(values)
def test_a_chart_stays_in_its_box_whatever_the_values(found):
    drawing = line_chart(LineChart(name="x", values=found))
    if not any(map(math.isfinite, found)):
        assert drawing == ""
        return
    assert all(-1 <= place <= WIDTH + 1 for place in numbers(drawing))
    assert "nan" not in drawing.replace('aria-label="x"', "")
    assert "inf" not in drawing


@given(values)
def test_a_sparkline_is_drawn_from_finite_values_alone(found):
    drawing = sparkline(found, "x")
    assert bool(drawing) == (sum(map(math.isfinite, found)) > 1)
    assert all(0 <= place <= 120 for place in numbers(drawing))


@given(st.lists(st.floats(min_value=0), min_size=1, max_size=40))
def test_bars_stay_in_their_box(found):
    drawing = bar_chart(BarChart(name="x", values=found, before=found))
    assert all(-1 <= place <= max(WIDTH, HEIGHT) + 1 for place in numbers(drawing))


def test_a_gap_is_left_where_a_value_is_missing():
    drawing = line_chart(LineChart(name="x", values=(1.0, math.nan, 3.0, 4.0)))
    (path,) = re.findall(r'class="line" d="([^"]*)"', drawing)
    assert path.count("M") == 2


def test_a_band_is_behind_its_line():
    drawing = line_chart(LineChart(name="x", values=(1.0, 2.0), band=((0.5, 1.5), (0.5, 1.5))))
    assert 0 < drawing.index('class="band"') < drawing.index('class="line"')


def test_labels_of_an_axis_differ():
    drawing = line_chart(LineChart(name="x", values=(0.97777, 0.97778)))
    labels = re.findall(r'text-anchor="end">([^<]+)<', drawing)
    assert len(set(labels)) == 3


@pytest.mark.parametrize("name", ['"><script>', "a\u202eb"])
def test_names_are_escaped(name):
    drawing = line_chart(LineChart(name=name, values=(1.0, 2.0), places=(name, name)))
    assert "<script" not in drawing
    assert "\u202e" not in drawing
