# SPDX-License-Identifier: Apache-2.0
"""The history of a metric is that of its own class, short, and only of what can be drawn."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from factories import make_fingerprint

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.config.model import MetricRule
from repro_action.report.build.trends import METRICS, VERSIONS, trends
from repro_action.report.model import Goal

FILE = "out/metrics.json"
RULES = {FILE: {"accuracy": MetricRule(goal="max"), "seconds": MetricRule()}}


def run(value: object, **fields: object):
    return make_fingerprint(metrics={FILE: {"accuracy": value, "seconds": 1.5}}, **fields)


def text(value: object, **fields: object) -> bytes:
    return dump(Baseline(name="wine").accept(run(value, **fields))).encode()


def project(*newest_first: bytes, rules=RULES):
    return SimpleNamespace(
        config=SimpleNamespace(metrics=rules, baseline_path=Path("repro.baseline.json")),
        history=SimpleNamespace(versions=lambda _: iter(newest_first)),
    )


def values(found) -> list[tuple[float, ...]]:
    return [trend.values for trend in found]


def test_baselines_come_oldest_first_and_the_run_last():
    (found,) = trends(project(text(0.92), text(0.91), text(0.9)), run(0.93))
    assert (FILE, "accuracy", Goal.MAX, (0.9, 0.91, 0.92, 0.93)) == (
        found.file,
        found.name,
        found.goal,
        found.values,
    )


def test_a_run_that_is_the_newest_baseline_is_one_point():
    assert [(0.9, 0.91, 0.93)] == values(trends(project(text(0.93), text(0.91), text(0.9)), run(0.93)))


def test_too_short_a_history_is_none():
    assert () == trends(project(text(0.9)), run(0.93))
    assert () == trends(project(), run(0.93))


def test_other_classes_and_what_cannot_be_read_are_passed_over():
    result = project(text(0.92), text(0.5, platform="aarch64-linux"), b"<<<<<<<", b"\xff", text(0.9))
    assert [(0.9, 0.92, 0.93)] == values(trends(result, run(0.93)))


def test_without_a_goal_git_is_not_asked():
    result = project(rules={FILE: {"accuracy": MetricRule()}})
    result.history = None
    assert () == trends(result, run(0.93))


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.9", None, True, 10**400])
def test_what_is_no_number_to_draw_is_left_out(value):
    result = project(text(0.92), text(value), text(0.9))
    assert [(0.9, 0.92, 0.93)] == values(trends(result, run(0.93)))
    assert () == trends(result, run(value))


def test_there_are_few_metrics_and_few_baselines():
    rules = {FILE: {f"m{place}": MetricRule(goal="max") for place in range(9)}}
    metrics = {FILE: {f"m{place}": 0.5 for place in range(9)}}
    data = dump(Baseline(name="x").accept(make_fingerprint(metrics=metrics))).encode()
    found = trends(
        project(*[data] * 30, rules=rules), make_fingerprint(metrics={FILE: metrics[FILE] | {"m0": 1}})
    )
    assert METRICS == len(found)
    assert {VERSIONS + 1} == {len(trend.values) for trend in found}
