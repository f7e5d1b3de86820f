# SPDX-License-Identifier: Apache-2.0
"""One report as Markdown, for a file and as a part of a pull-request comment.

The verdict on the claim comes first, then what the change does; the rest is folded. Parts are
whole or left out, the least telling first, so that a body never ends in the middle of a table;
what is left out is said. What each part looks like is in its template.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from repro_action.report.model import Comparison, Report
from repro_action.report.render import labels
from repro_action.report.render.markdown.config_changes import rules_part
from repro_action.report.render.markdown.escape import Markdown, block, code
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.attention import baseline_moved
from repro_action.report.sections.comparison import ComparisonSection, ShowLimits, comparison_section
from repro_action.report.sections.findings import findings
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.rows import RowsSection
from repro_action.report.sections.steps import steps
from repro_action.report.sections.table import SECTIONS
from repro_action.report.sections.trends import trends
from repro_action.report.trend import chart
from repro_action.text import plural

LIMITS = ShowLimits(metrics=40, artifacts=25, leaves=40, materials=40, excluded=30)
CAUSES = 3
FACTS = 40
FINDINGS = 15
NOTICES = 10
STEPS = 60

FOLDED = 10
"""Ranks from here on are folded: a reader in a hurry misses nothing without them."""


NOTHING = Markdown()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlacement:
    """Where a report is in a body.

    Attributes:
        level: of its heading.
        name: its heading, if it is not the report's own name.
        base: the base branch as people call it; foreign.
        remark: a line below the heading.
        log: says where the log of a failed step is; empty for its path on the machine that ran.
    """

    level: int = 2
    name: Markdown = NOTHING
    base: str = ""
    remark: Markdown = NOTHING
    log: Markdown = NOTHING


ALONE = ReportPlacement()


def render(report: Report, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    commands = [block("\n".join(report.reproduce), "sh")] if report.reproduce else []
    reproduce = Part(name="reproduce", rank=13, fold="Reproduce locally", blocks=commands)
    identity = [f"fingerprint {code(report.fingerprint, 64)}"] if report.fingerprint else []
    footer = " · ".join([f"repro {code(report.tool, 30)}", *identity])
    return fitted([*parts(report), reproduce], footer, budget=budget)


def parts(report: Report, placement: ReportPlacement = ALONE) -> Iterator[Part]:
    """Yield the parts of a report in the order of reading."""
    yield part("verdict", 0, "verdict", report=report, placement=placement)
    if report.error is not None:
        yield part("error", 1, "notice", notice=report.error, log=placement.log)
    causes = Listed.of((cause.text for cause in report.causes), CAUSES)
    yield part("causes", 2, "causes", report=report, causes=causes)
    yield rules_part(report, base=placement.base)
    claim = _section(report.claim)
    if claim is not None:
        yield _claim(report, claim, placement)
    change = _section(_renamed(report.change, placement))
    if change is not None and report.change is not None:
        materials = labels.materials(report.change, CAUSES)
        yield part(
            *("change", 5, "change"),
            section=change,
            causes=materials,
            placement=placement,
            effect=True,
            judged=False,
        )
    lines = findings(report, FINDINGS)
    if lines.explain:
        yield part("randomness", 4, "findings", section=lines, placement=placement)
    if report.hints:
        yield part("hints", 7, "hints", notices=Listed.of(report.hints, NOTICES))
    charts = [block(chart(trend), "mermaid") for trend in trends(report)]
    yield Part(name="history", rank=20, fold="Metrics over accepted baselines", blocks=charts, noun="chart")
    yield from _artifacts(claim, change)
    if lines.findings.shown and not lines.explain:
        yield part("randomness", 12, "findings", fold="Where randomness may have entered", section=lines)
    yield from _folded(report, claim, change)


def _section(comparison: Comparison | None) -> ComparisonSection | None:
    return comparison_section(comparison, LIMITS) if comparison is not None else None


def _renamed(change: Comparison | None, placement: ReportPlacement) -> Comparison | None:
    """Return the change with its base called as people call it."""
    if change is None or not placement.base:
        return change
    return replace(change, before=replace(change.before, label=placement.base))


def _claim(report: Report, claim: ComparisonSection, placement: ReportPlacement) -> Part:
    """Answer the first question; one line is enough where the run reproduced the baseline."""
    return part(
        *("claim", 3, "claim"),
        section=claim,
        report=report,
        placement=placement,
        moved=baseline_moved(report),
        effect=False,
        judged=claim.same_platform,
    )


def _artifacts(claim: ComparisonSection | None, change: ComparisonSection | None) -> Iterator[Part]:
    for name, rank, side, section in (
        ("artifacts of the claim", 10, "the baseline", claim),
        ("artifacts of the change", 11, "the base branch", change),
    ):
        if section is None:
            continue
        listed = section.artifacts.entries
        judged = section is claim and section.same_platform
        summary = (
            f"Artifacts against {side}: {listed.count} not identical, {section.identical.artifacts} identical"
        )
        yield Part(name=name, rank=rank, fold=summary, blocks=artifact_blocks(section, judged=judged))


def artifact_blocks(section: ComparisonSection, *, judged: bool) -> list[Markdown]:
    """Return a table of artifacts, then one table of leaves for each that has any."""
    artifacts = section.artifacts
    if not artifacts.entries.shown:
        return []
    before, after = section.before, section.after
    overview = text("artifacts", artifacts=artifacts, judged=judged)
    opened = (text("leaves", entry=entry, before=before, after=after) for entry in artifacts.opened)
    return [overview, *opened]


def _folded(
    report: Report, claim: ComparisonSection | None, change: ComparisonSection | None
) -> Iterator[Part]:
    if report.warnings:
        count = plural(len(report.warnings), "warning")
        warnings = Listed.of(report.warnings, NOTICES)
        yield part("warnings", 14, "notices", fold=f"⚠️ {count}", notices=warnings)
    for name, rank, section, other in (
        ("materials", 15, claim, "the baseline"),
        ("materials of the change", 16, change, "the base branch"),
    ):
        if section is not None and section.materials.shown:
            fold = f"Inputs that differ from {other}"
            yield part(name, rank, "materials", fold=fold, section=section)
    yield from (rows_part(report, section) for section in SECTIONS)
    listed = steps(report, limit=STEPS, facts=FACTS)
    yield part("steps and environment", 19, "steps", fold="Steps and environment", steps=listed)


def rows_part(report: Report, section: RowsSection) -> Part:
    """Return a section made of rows, from its own template or as a plain table."""
    rows = section.listed(report, section.limit)
    return part(section.name, section.rank, section.template, fold=section.title, section=section, rows=rows)
