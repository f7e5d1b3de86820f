# SPDX-License-Identifier: Apache-2.0
"""Whether a report asks for its reader's attention."""

from __future__ import annotations

from repro_action.report.model import Flavour, Report
from repro_action.report.sections.comparison import differs
from repro_action.verdict import Verdict


def quiet(report: Report) -> bool:
    """Whether nothing at all asks for attention."""
    return (
        report.verdict is Verdict.REPRODUCED
        and report.flavour is Flavour.NONE
        and not report.warnings
        and not report.hints
    )


def baseline_moved(report: Report) -> bool:
    """Whether the pull request brings another baseline than the base branch has."""
    return report.change is not None and differs(report.change)


def calm(report: Report) -> bool:
    """Whether the claim is true, and baseline and rules are the base branch's; there may be warnings."""
    same = not baseline_moved(report) and report.config_changes is None
    return report.verdict.exit_code == 0 and same
