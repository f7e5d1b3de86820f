# SPDX-License-Identifier: Apache-2.0
"""What a probe found, in the order of reading: what needs attention, then what the profile pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from repro_action.report.model import Comparison, Counts, Side
from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport, VariationRow
from repro_action.report.sections.listed import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSection:
    """A probe's report.

    Attributes:
        findings: dependences that ask for the reader's attention.
        rounding: rounding of arithmetic that the profile pins.
        selected: variations that the command line did not leave out.
        passed_over: number of those that it did.
        names: of variations, by their answer.
    """

    findings: Listed[ProbeFinding]
    rounding: tuple[ProbeFinding, ...]
    selected: tuple[VariationRow, ...]
    passed_over: int
    names: Mapping[Answer, tuple[str, ...]]


def probe_section(report: ProbeReport, limit: int) -> ProbeSection:
    """Return the parts of a probe's report, with at most `limit` findings."""
    pinned_rounding = tuple(
        found for found in report.findings if found.pinned_by and found.numeric and not found.unfinished
    )
    selected = tuple(row for row in report.variations if row.answer is not Answer.NOT_TRIED or row.note)
    names = {
        answer: tuple(row.name for row in report.variations if row.answer is answer) for answer in Answer
    }
    return ProbeSection(
        findings=Listed.of((found for found in report.findings if found not in pinned_rounding), limit),
        rounding=pinned_rounding,
        selected=selected,
        passed_over=len(report.variations) - len(selected),
        names=MappingProxyType(names),
    )


def as_comparison(found: ProbeFinding, limit: int) -> Comparison:
    """Return a finding's differences as a comparison with at most `limit` artifacts."""
    return Comparison(
        before=Side(label="usual", platform=""),
        after=Side(label="disturbed", platform=""),
        artifacts=found.artifacts[:limit],
        metrics=found.metrics,
        hidden=Counts(artifacts=max(len(found.artifacts) - limit, 0)),
    )
