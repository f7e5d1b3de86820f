# SPDX-License-Identifier: Apache-2.0
"""Laws of which lines a report suspects."""

from __future__ import annotations

import pytest

from repro_action.finding import Confidence
from repro_action.observation import Observation, ObservationKind
from repro_action.report.build.lines import suspected_lines
from repro_action.report.model import Flavour
from repro_action.verdict import Verdict


def drawn(step: str) -> Observation:
    return Observation(
        kind=ObservationKind.GENERATOR, what="random.Random()", file=f"{step}.py", line=1, step=step
    )


SEEN = [drawn("c"), drawn("a"), drawn("b")]


def steps(verdict: Verdict, flavour: Flavour, *differing: str) -> list[str]:
    return [found.step for found in suspected_lines(verdict, flavour, SEEN, differing)]


def test_a_drift_suspects_the_first_step_that_differs_alone():
    assert ["b"] == steps(Verdict.DRIFTED, Flavour.FLAKY, "b", "c")


@pytest.mark.parametrize("verdict", [Verdict.CHANGED, Verdict.EQUIVALENT])
def test_a_step_whose_outputs_agree_is_not_suspected(verdict):
    assert ["b", "c"] == steps(verdict, Flavour.NONE, "b", "c")


def test_every_step_is_suspected_where_none_is_known_to_differ():
    assert ["a", "b", "c"] == steps(Verdict.DRIFTED, Flavour.FLAKY)


def test_a_run_that_reproduced_suspects_nothing():
    assert [] == steps(Verdict.REPRODUCED, Flavour.NONE, "a")


def test_a_drawn_number_is_likely_the_cause_only_where_the_run_disagrees_with_itself():
    (flaky,) = suspected_lines(Verdict.DRIFTED, Flavour.FLAKY, [drawn("a")], ["a"])
    (unknown,) = suspected_lines(Verdict.CHANGED, Flavour.NONE, [drawn("a")], ["a"])
    assert (Confidence.HIGH, Confidence.LOW) == (flaky.confidence, unknown.confidence)
