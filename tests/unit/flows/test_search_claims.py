# SPDX-License-Identifier: Apache-2.0
"""What a false record of a search does to a report: it is not offered for acceptance."""

from __future__ import annotations

import pytest

from repro_action.flows.searches import with_claims
from repro_action.report.bundle import Entry
from repro_action.report.model import Report
from repro_action.report.render.annotations import annotations
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.markdown.commands import acceptable
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.verdict import Verdict


def claim(state: ClaimState, remedy: str = "") -> SearchClaim:
    text = "out/best.json names trial 3, and trial 5 is better"
    return SearchClaim(
        search="out/study.log", question=SearchQuestion.WINNER, state=state, text=text, remedy=remedy
    )


def report(verdict: Verdict, state: ClaimState, remedy: str = "") -> Report:
    made = Report(tool="1", name="wine", verdict=verdict, headline="x", reproduce=("repro accept",))
    return with_claims(made, (claim(state, remedy),))


@pytest.mark.parametrize("verdict", [Verdict.NO_BASELINE, Verdict.CHANGED])
def test_a_false_record_is_not_offered_for_acceptance(verdict: Verdict) -> None:
    found = report(verdict, ClaimState.REFUTED, "Take the parameters of trial 5.")
    page = markdown.render(found)
    assert verdict is found.verdict
    assert not acceptable(Entry(config="repro.toml", baseline="repro.baseline.json", report=found))
    assert "**Next:** the record of `out/study.log` is false: Take the parameters of trial `5`." in page
    assert "repro accept --force" in page
    assert "out/study.log: out/best.json names trial 3" in found.headline


def test_no_annotation_says_to_accept_a_false_record() -> None:
    found = report(Verdict.NO_BASELINE, ClaimState.REFUTED)
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=found)
    assert not any("repro accept" in str(one) for one in annotations(entry, ""))


@pytest.mark.parametrize("state", [ClaimState.LOST, ClaimState.UNCHECKED, ClaimState.CONFIRMED])
def test_what_is_not_false_is_accepted_as_before(state: ClaimState) -> None:
    found = report(Verdict.NO_BASELINE, state)
    assert ("repro accept",) == found.reproduce
    assert acceptable(Entry(config="repro.toml", baseline="repro.baseline.json", report=found))


def test_a_report_without_folds_has_all_that_is_in_them() -> None:
    found = report(Verdict.CHANGED, ClaimState.REFUTED)
    folded, plain = markdown.render(found), markdown.render(found, folds=False)
    assert "<details>" in folded
    assert "<" not in plain
    lines = set(folded.splitlines())
    assert {line for line in lines if "<" not in line} <= set(plain.splitlines())
