# SPDX-License-Identifier: Apache-2.0
"""What a search for a commit prints: the commit first, foreign texts made harmless."""

from __future__ import annotations

from dataclasses import replace

from repro_action.compare.commit_search import CommitAnswer
from repro_action.report.bisect_model import (
    AnswerSource,
    BisectCommit,
    BisectOutcome,
    BisectReport,
    BisectStep,
    ValueChange,
)
from repro_action.report.render.terminal.bisect import lines

FIRST = BisectCommit(commit="a" * 40, date="2026-01-02", author="A", subject="first")
HOSTILE = BisectCommit(
    commit="b" * 40,
    date="2026-01-03",
    author="B\x1b[2J",
    subject="x\u202ey\n::error::z" + "w" * 500,
    merges="c" * 40,
)


def report(outcome: BisectOutcome, *candidates: BisectCommit) -> BisectReport:
    return BisectReport(
        name="wine",
        result="out/metrics.json:accuracy",
        outcome=outcome,
        good=FIRST,
        bad=HOSTILE,
        candidates=candidates,
        same=FIRST,
        before=0.978,
        after=0.956,
        metrics=(ValueChange(name="out/metrics.json: loss", before=0.1, after=0.2),),
        artifacts=(ValueChange(name="out/\x1bmodel", before=None, after=3),),
        steps=(
            BisectStep(commit=FIRST, answer=CommitAnswer.SAME, source=AnswerSource.BASELINE, value=0.978),
            BisectStep(
                commit=HOSTILE,
                answer=CommitAnswer.SKIPPED,
                source=AnswerSource.UNKNOWN,
                reason="it \x07failed",
            ),
        ),
        commits=3,
        distinct=2,
        trainings=1,
        notes=("a note",),
    )


def test_the_commit_the_change_and_how_it_is_known_are_printed() -> None:
    shown = "\n".join(lines(report(BisectOutcome.FOUND, FIRST)))
    assert (
        """\
wine: out/metrics.json:accuracy changed with commit aaaaaaaaaaaa of 2026-01-02, A: first
  out/metrics.json:accuracy: 0.978 → 0.956
  metric out/metrics.json: loss: 0.1 → 0.2
  artifact out/\\x1bmodel: 3 leaves differ
how it is known
  same    aaaaaaaaaaaa  0.978, accepted baseline
  skipped bbbbbbbbbbbb  cannot be told: it \\x07failed
  3 commits, 2 with other materials than the one before; 1 training made
note: a note"""
        == shown
    )


def test_a_range_lists_its_commits_and_nothing_steers_the_terminal() -> None:
    several = tuple(HOSTILE for _ in range(12))
    shown = list(lines(report(BisectOutcome.RANGE, *several)))
    assert "wine: out/metrics.json:accuracy changed with one of these 12 commits" == shown[0]
    assert "  … and 2 more commits" in shown
    assert [] == [line for line in shown if not line.isprintable() or len(line) > 300]
    assert "did not change between aaaaaaaaaaaa and bbbbbbbbbbbb" in next(
        lines(report(BisectOutcome.UNCHANGED))
    )


def test_exit_status_is_zero_for_one_commit_alone() -> None:
    statuses = [report(outcome).exit_code for outcome in BisectOutcome]
    assert [0, 1, 1] == statuses


def test_many_answers_of_baselines_are_counted_and_those_that_decided_are_listed() -> None:
    found = report(BisectOutcome.FOUND, FIRST)
    others = [replace(found.steps[0], commit=replace(FIRST, commit=f"{n:040x}")) for n in range(60)]
    shown = list(lines(replace(found, steps=(*found.steps, *others))))
    assert "  … and 60 more: `repro bisect --log`" in shown
    assert 2 == sum(line.startswith(("  same ", "  skipped ")) for line in shown)
