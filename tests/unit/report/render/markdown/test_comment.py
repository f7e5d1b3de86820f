# SPDX-License-Identifier: Apache-2.0
"""The whole comment: short, in its budget, its sections switched one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.parts import CONTEXT, bundle, entry, rendered
from golden.comment.several import fleet
from golden.comment.single import new_baseline, stale
from golden.report.cases import CASES
from look.words import words

from repro_action.report.render.markdown import comment
from repro_action.report.render.markdown import report as markdown
from repro_action.report.sections.names import NAMES, OPEN

GOLDEN = Path(__file__).parents[4] / "golden" / "comment"


def test_a_comment_is_golden(posted, hold_golden):
    case = CASES_OF_COMMENTS[posted]
    body = comment.render(case.bundle, case.context, budget=case.budget)
    hold_golden(GOLDEN / posted / "expected.md", body)


def test_the_marker_is_the_first_line_and_costs(posted):
    case = CASES_OF_COMMENTS[posted]
    for budget in (3_000, 8_000, 60_000):
        body = comment.render(case.bundle, case.context, budget=budget)
        assert body.splitlines()[0] == case.context.marker
        assert len(body.encode()) <= budget
        assert body.splitlines()[2].startswith("## ")


def test_without_a_marker_the_verdict_is_the_first_line():
    assert rendered(CASES["reproduced"], marker="").startswith("## ✅ `wine` reproduced\n")


WORDS = 60
"""Words beside the table that a reviewer has time for."""


@pytest.mark.parametrize("kind", sorted(set(CASES_OF_COMMENTS) - {"hostile", "hostile_many"}))
def test_a_reviewer_has_read_a_comment_after_sixty_words(kind):
    value = CASES_OF_COMMENTS[kind]
    body = comment.render(value.bundle, value.context, budget=value.budget)
    # A stranger's numbers are called so, in words that are no part of the report.
    assert words(body.replace(value.context.remark, "")) <= WORDS


def test_sections_are_switched_off_one_by_one(posted):
    case = CASES_OF_COMMENTS[posted]

    def shown(*names: str) -> str:
        context = replace(case.context, sections=frozenset(names))
        return comment.render(case.bundle, context, budget=case.budget)

    assert "**Next:**" not in shown(*set(NAMES) - {"next"})
    assert "Reproduce locally" not in shown(*set(NAMES) - {"reproduce"})
    if len(case.bundle.entries) == 1:
        assert "<details>" not in shown(*OPEN)
    assert shown().splitlines()[2].startswith("## ")


def test_a_summary_shows_every_section_whatever_the_comment_shows():
    hidden = replace(CONTEXT, sections=frozenset())
    assert comment.summary(bundle(entry(stale())), hidden) == comment.summary(bundle(entry(stale())), CONTEXT)


def test_a_summary_has_no_marker_and_more_room():
    body = comment.summary(fleet(), CONTEXT)
    assert body.count("<details>") == 200
    assert body.startswith("## ❌ 200 models: 200 changed")
    assert 65_536 < len(body.encode()) <= 1_000_000
    assert "Left out for length" not in body


def test_no_budget_makes_a_comment_that_github_refuses():
    assert len(comment.render(fleet(), CONTEXT, budget=10**9)) <= 65_536


def test_numbers_of_a_stranger_are_called_so():
    assert "controls: read it as the author's own statement" in rendered(new_baseline(), untrusted=True)
    assert "This runs the pull request's own code." in rendered(new_baseline(), untrusted=True)
    assert "controls" not in rendered(new_baseline())
    assert 1 == rendered(new_baseline(), stale(), untrusted=True).count("author's own statement")


def test_nothing_reported_is_never_green():
    body = comment.render(bundle(), CONTEXT)
    assert "## ⛔ 0 models: nothing reported" in body


def test_a_single_report_reads_alike_in_a_file_and_in_a_comment():
    changed = replace(stale(), change=None)
    alone, posted = markdown.render(changed), rendered(changed, base="", marker="", commit="")
    assert alone.split("**Next:**")[0] == posted.split("**Next:**")[0]
    folded = alone.split("<summary>Details</summary>")[1].split("#### Reproduce locally")[0]
    assert folded in posted
