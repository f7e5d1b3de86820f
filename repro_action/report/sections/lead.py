# SPDX-License-Identifier: Apache-2.0
"""What a reader in a hurry needs of a report: the reason, the metrics, what else differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from repro_action.finding import Finding
from repro_action.findings.suspects import describe
from repro_action.fingerprint import MaterialKind
from repro_action.report.model import Cause, Comparison, Flavour, MetricRow, Report, State
from repro_action.report.sections.artifacts import ArtifactsSection, artifacts
from repro_action.report.sections.attention import baseline_moved, shown_change
from repro_action.report.sections.findings import findings
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.metrics import changed_metrics
from repro_action.verdict import Verdict

ROWS = 10
"""Metrics at most."""

FEW = 6
"""Metrics up to which those that are the same are shown beside those that differ."""

INPUTS = 2
"""Further inputs that are named."""

NONDETERMINISM = "nondeterminism"
"""Name of the cause that says of a step only that its results differ each time; lines say more."""

_PLACE = re.compile(r"(.+):([1-9]\d{0,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReason:
    """Why outputs differ, or why there are none.

    Attributes:
        text: as people read it, such as `model.l2 0.001 → 0.1`.
        file, line: where it is written, relative to the project; empty and 0 where that is not known.
        remedy: what to write instead; empty where nothing is to be mended.
    """

    text: str
    file: str = ""
    line: int = 0
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSection:
    """What comes first.

    Attributes:
        reasons: the likeliest first.
        comparison: what is shown side by side: a run with its baseline or, where it reproduced that, the
            baseline with the base branch's; None where nothing can be compared.
        of_change: whether that is the comparison with the base branch.
        metrics: those that differ come first; `more` counts those that differ and are not shown.
        artifacts: that are not identical.
        inputs: further inputs that differ.
        moved: whether the baseline is another than the base branch's, which is not what is shown.
    """

    reasons: tuple[LeadReason, ...]
    comparison: Comparison | None
    of_change: bool
    metrics: Listed[MetricRow]
    artifacts: ArtifactsSection
    inputs: Listed[LeadReason]
    moved: bool

    @property
    def reason(self) -> LeadReason | None:
        """The likeliest reason."""
        return self.reasons[0] if self.reasons else None

    @property
    def differing(self) -> int:
        """Number of metrics that differ."""
        shown = sum(1 for row in self.metrics if row.state is not State.IDENTICAL)
        return shown + self.metrics.more

    @property
    def place(self) -> LeadReason | None:
        """The likeliest reason of which it is known where it is written."""
        return next((reason for reason in self.reasons if reason.file), None)


def lead(report: Report) -> LeadSection:
    """Return what comes first of a report."""
    change = shown_change(report)
    moved = baseline_moved(report)
    of_change = moved and report.verdict is Verdict.REPRODUCED
    compared = change if of_change else report.claim
    reasons = tuple(_materials(compared) if of_change and compared is not None else _reasons(report))
    hidden = compared.hidden_materials if of_change and compared is not None else 0
    return LeadSection(
        reasons=reasons,
        comparison=compared,
        of_change=of_change,
        metrics=_metrics(compared),
        artifacts=_artifacts(compared),
        inputs=Listed.of(reasons[1:], INPUTS, hidden=hidden),
        moved=moved and not of_change,
    )


def _metrics(compared: Comparison | None) -> Listed[MetricRow]:
    if compared is None:
        return Listed()
    changed = changed_metrics(compared)
    differing = sorted(changed, key=lambda row: (row.state.accepted, row.better is not False))
    same = [row for row in compared.metrics if row.state is State.IDENTICAL]
    shown = differing[:ROWS]
    room = max(FEW - len(shown), 0) if differing else 0
    return Listed((*shown, *same[:room]), len(differing) - len(shown) + compared.hidden.metrics)


def _artifacts(compared: Comparison | None) -> ArtifactsSection:
    if compared is None:
        return ArtifactsSection(entries=Listed(), opened=(), worst=None, others=0)
    return artifacts(compared, 1, opened=0, leaves=0)


def _materials(compared: Comparison) -> Iterator[LeadReason]:
    for found in compared.materials:
        text = _short(found.kind, found.name, describe(found, found.extent))
        yield LeadReason(text=text, file=found.file, line=found.line)


def _reasons(report: Report) -> list[LeadReason]:
    """Return why a run is not as its baseline; of a run that disagrees with itself, lines come first."""
    if report.error is not None:
        return list(_failures(report))
    if report.flavour is not Flavour.FLAKY or not report.findings:
        return list(dict.fromkeys(_reason(cause, report) for cause in report.causes))
    lines = [_line(one) for one in report.findings]
    values = (cause for cause in report.causes if not cause.line and cause.name != NONDETERMINISM)
    return list(dict.fromkeys([*lines, *(_reason(cause, report) for cause in values)]))


def _failures(report: Report) -> Iterator[LeadReason]:
    """Yield the error that a step's program printed, or what repro says."""
    for cause in report.causes[:1]:
        yield LeadReason(text=cause.text, file=cause.file, line=cause.line)
    if report.error is not None and not report.causes:
        place = _PLACE.fullmatch(report.error.where)
        reason = LeadReason(text=report.error.what.partition("\n")[0], remedy=report.error.remedy)
        yield replace(reason, file=place[1], line=int(place[2])) if place is not None else reason


def _reason(cause: Cause, report: Report) -> LeadReason:
    if cause.line and findings(report, 0).explain:
        for found in report.findings:
            if (found.file, found.line) == (cause.file, cause.line):
                return _line(found)
    return LeadReason(text=_short(cause.kind, cause.name, cause.text), file=cause.file, line=cause.line)


def _line(found: Finding) -> LeadReason:
    text = f"{found.location} {found.what}"
    return LeadReason(text=text, file=found.file, line=found.line, remedy=found.remedy)


def _short(kind: MaterialKind | None, name: str, text: str) -> str:
    """Return a cause for a heading: of a parameter without its file, which a link or a table names."""
    match kind:
        case MaterialKind.PARAMS:
            file, colon, _ = name.partition(": ")
            return text.removeprefix(f"{file}: ") if colon else text
        case MaterialKind.CODE | MaterialKind.DATA if text.startswith(f"{name}: "):
            return f"{name} {text.removeprefix(f'{name}: ')}"
        case _:
            return text
