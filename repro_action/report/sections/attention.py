# SPDX-License-Identifier: Apache-2.0
"""Whether a report asks for its reader's attention."""

from __future__ import annotations

from repro_action.report.model import Comparison, Flavour, Report
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


def shown_change(report: Report) -> Comparison | None:
    """Return what a pull request does to the baseline; nothing where no result vouches for it."""
    return report.change if report.verdict is not Verdict.FAILED else None


def baseline_moved(report: Report) -> bool:
    """Whether the pull request brings another baseline than the base branch has."""
    change = shown_change(report)
    return change is not None and differs(change)


def calm(report: Report) -> bool:
    """Whether the claim is true; inputs, baseline and rules are as they were; there may be warnings."""
    plain = report.flavour is not Flavour.MATERIALS and report.config_changes is None
    same = plain and not baseline_moved(report)
    return report.verdict.exit_code == 0 and same
