# SPDX-License-Identifier: Apache-2.0
"""The lines of the project's code that can make runs differ."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.finding import Finding
from repro_action.report.model import Flavour, Report
from repro_action.report.sections.listed import Listed
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsSection:
    """Findings, most likely first.

    Attributes:
        explain: whether they are what the verdict is about: a drift names them as its causes, and so
            does a first run that disagrees with itself.
    """

    findings: Listed[Finding]
    explain: bool


def findings(report: Report, limit: int) -> FindingsSection:
    """Return at most `limit` findings of a report."""
    explain = report.verdict is Verdict.DRIFTED or report.flavour is Flavour.FLAKY
    return FindingsSection(findings=Listed.of(report.findings, limit), explain=explain)
