# SPDX-License-Identifier: Apache-2.0
"""Sections count what they leave out, and say the same to every medium."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.comment.single import MOVED
from golden.probe.cases import CASES as PROBES
from golden.report.cases import CASES
from golden.report.parts import KEPT, MODEL, claim, leaf, metric

from repro_action.report.model import Counts, State
from repro_action.report.probe_model import Answer
from repro_action.report.sections.artifacts import artifacts
from repro_action.report.sections.attention import calm, quiet
from repro_action.report.sections.comparison import ShowLimits, comparison_section, differs
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.metrics import metrics
from repro_action.report.sections.probe import probe_section
from repro_action.report.sections.steps import steps
from repro_action.report.sections.trends import trends
from repro_action.verdict import Verdict

LIMITS = ShowLimits(metrics=2, artifacts=1, leaves=1, materials=1, excluded=1)


@pytest.mark.parametrize(
    ("limit", "shown", "more"), [(0, (), 5), (2, ("a", "b"), 3), (9, ("a", "b", "c"), 2)]
)
def test_a_list_counts_what_it_does_not_show(limit, shown, more):
    listed = Listed.of("abc", limit, hidden=2)
    assert (shown, more) == (listed.shown, listed.more)
    assert listed.count == 5


def test_metrics_that_are_not_accepted_come_first_and_stay_with_their_file():
    rows = (
        metric("a", 1.0, 2.0, State.TOLERATED),
        replace(metric("b", 1.0, 2.0, State.DIFFERS), file="x.json"),
        metric("c", 1.0, 2.0, State.DIFFERS),
        KEPT,
    )
    section = metrics(claim(metrics=rows), 3)
    assert [(group.file, [row.name for row in group.rows]) for group in section.files] == [
        ("x.json", ["b"]),
        ("out/metrics.json", ["c", "a"]),
    ]
    assert (section.more, section.unchanged) == (0, ())
    assert metrics(claim(metrics=rows), 1).more == 2


def test_metrics_that_are_the_same_are_shown_only_where_none_differs():
    assert metrics(claim(metrics=(KEPT,)), 1).unchanged == (KEPT,)


def test_leaves_that_are_not_shown_are_counted_with_those_that_the_report_lacks():
    section = artifacts(claim(artifacts=(MODEL,), hidden=Counts(artifacts=4)), 9, opened=1, leaves=1)
    (entry,) = section.opened
    assert (len(entry.leaves.shown), entry.leaves.more) == (1, 1 + MODEL.hidden)
    assert (section.worst, section.others, section.entries.more) == (entry, 4, 4)
    assert entry.largest == 3.1e-4


def test_a_run_of_leaves_counts_as_many():
    item = replace(MODEL, leaves=(leaf("a[0…9]", count=10), leaf("b")), hidden=0)
    section = artifacts(claim(artifacts=(item,)), 9, opened=1, leaves=1)
    assert section.opened[0].leaves.more == 1


def test_an_accepted_difference_is_never_the_worst():
    item = replace(MODEL, state=State.TOLERATED)
    assert artifacts(claim(artifacts=(item,)), 9, opened=1, leaves=1).worst is None


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_comparison_differs_exactly_where_its_section_says_so(name):
    for side in (CASES[name].claim, CASES[name].change):
        if side is not None:
            section = comparison_section(side, LIMITS)
            assert section.differs == differs(side)
            assert section.artifacts.entries.count >= len(side.artifacts)
            assert section.materials.count == len(side.materials) + side.hidden_materials


def test_only_a_plain_reproduction_is_quiet():
    for report in CASES.values():
        assert not quiet(report) or report.verdict is Verdict.REPRODUCED
        assert not quiet(replace(report, warnings=CASES["failed_pin"].hints or (CASES["failed_pin"].error,)))


def test_a_moved_baseline_is_not_calm():
    assert calm(CASES["reproduced"])
    assert not calm(replace(CASES["reproduced"], change=MOVED))


def test_the_mark_of_the_first_difference_is_of_shown_steps():
    report = CASES["changed_params"]
    assert steps(report, limit=9, facts=9).marked
    assert not steps(report, limit=1, facts=9).marked


def test_a_history_is_shown_of_metrics_that_differ():
    assert trends(CASES["reproduced"]) == ()


@pytest.mark.parametrize("name", sorted(PROBES))
def test_every_finding_and_variation_of_a_probe_is_in_one_place(name):
    report = PROBES[name]
    section = probe_section(report, 100)
    assert sorted(map(id, (*section.findings, *section.rounding))) == sorted(map(id, report.findings))
    assert sum(map(len, section.names.values())) == len(report.variations)
    assert len(section.selected) + section.passed_over == len(report.variations)
    assert set(section.names) == set(Answer)
