# SPDX-License-Identifier: Apache-2.0
"""How a report shows receipts: the count first, then who disagrees and where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.report.parts import report

from repro_action.action.accept_commit import _with
from repro_action.action.accept_refusal import AcceptRefusal
from repro_action.baseline import Baseline
from repro_action.notice import Notice
from repro_action.report.bundle import Entry
from repro_action.report.receipt_counts import ReceiptCounts, ReceiptLine, ReceiptState
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal
from repro_action.verdict import Verdict

COUNTS = ReceiptCounts(
    confirmed=2,
    builders=3,
    demanded=2,
    listed=(
        ReceiptLine(
            builder="mallory.pub 0123456789ab",
            state=ReceiptState.DISAGREES,
            platform="x86_64-v3",
            commit="3f9a1c04b2d7",
            text="out/model.joblib: coef_: here 1.0, there 2.0",
        ),
        ReceiptLine(builder="alice.pub ba9876543210", state=ReceiptState.CONFIRMS, platform="x86_64-v3"),
    ),
)
SHOWN = replace(report(Verdict.REPRODUCED, "all is identical"), receipts=COUNTS)


def test_a_terminal_says_the_count_alone_where_nothing_asks_for_attention() -> None:
    text = terminal.render(SHOWN)
    assert "receipts      confirmed by 2 of 3 builders (2 demanded)" in text
    assert "mallory" not in text


@pytest.mark.parametrize("render", [markdown.render, terminal.render])
def test_a_report_says_how_many_builders_confirm_it_and_where_another_parts(render) -> None:
    text = render(replace(SHOWN, warnings=(Notice(what="something"),)))
    assert "confirmed by 2 of 3 builders" in text
    assert text.index("confirmed by") < text.index("mallory.pub") < text.index("alice.pub")
    assert "there 2.0" in text


@pytest.mark.parametrize("render", [markdown.render, terminal.render])
def test_without_receipts_nothing_is_said_of_them(render) -> None:
    assert "builder" not in render(replace(SHOWN, receipts=None))


def test_one_builder_is_called_one() -> None:
    assert "confirmed by 1 of 1 builder" == ReceiptCounts(confirmed=1, builders=1).text


def test_a_run_with_too_few_receipts_is_not_accepted_by_a_comment() -> None:
    few = replace(SHOWN, receipts=replace(COUNTS, confirmed=1))
    candidate = Baseline(name=few.name)
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=few, candidate=candidate)
    with pytest.raises(AcceptRefusal, match=r"confirmed by 1 of 3 builders"):
        _with(entry, None)


def test_a_comment_says_the_count_before_its_fold() -> None:
    text = markdown.render(SHOWN)
    assert "Confirmed by 2 of 3 builders (2 demanded)." in text.split("<details>")[0]


def test_no_builder_and_no_demand_is_not_worth_a_line() -> None:
    shown = markdown.render(replace(SHOWN, receipts=ReceiptCounts(confirmed=0, builders=0)))
    assert "Confirmed by" not in shown
