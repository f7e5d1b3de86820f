# SPDX-License-Identifier: Apache-2.0
"""Findings are the same in every medium; of a drift they are its causes, of other runs a remark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.report.cases import CASES

from repro_action.finding import Finding
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal
from repro_action.report.sections.findings import findings
from repro_action.verdict import Verdict

SEEN = tuple(
    Finding(file="train.py", line=line, what="default_rng() without a seed", remedy="Pass a seed.")
    for line in range(1, 8)
)


@pytest.mark.parametrize("verdict", [Verdict.CHANGED, Verdict.EQUIVALENT, Verdict.NO_BASELINE])
def test_lines_of_a_run_that_did_not_drift_are_in_both_media(verdict):
    report = replace(CASES["changed_params"], verdict=verdict, findings=SEEN)
    shown = terminal.render(report)
    assert "train.py:1  default_rng() without a seed → Pass a seed." in shown
    assert "and 2 more; .repro/report.md lists more" in shown
    assert markdown.render(report).count("| `train.py:") == len(SEEN)


def test_lines_of_a_drift_are_named_once_in_a_terminal():
    report = replace(CASES["drifted_flaky"], findings=SEEN[:1])
    assert findings(report, 9).explain
    assert terminal.render(report) == terminal.render(CASES["drifted_flaky"])
