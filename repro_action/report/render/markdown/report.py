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
from repro_action.report.render.markdown.escape import Markdown, block, code, paragraphs, prose
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.links import SourceLinks
from repro_action.report.render.markdown.metric_table import metric_table
from repro_action.report.render.markdown.next_step import NextStep
from repro_action.report.render.markdown.opening import REASON, heading, others
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.attention import shown_change
from repro_action.report.sections.comparison import ComparisonSection, ShowLimits, comparison_section
from repro_action.report.sections.findings import findings
from repro_action.report.sections.lead import LeadSection, lead
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.rows import RowsSection
from repro_action.report.sections.steps import steps
from repro_action.report.sections.table import SECTIONS
from repro_action.report.sections.trends import absent_history, trends
from repro_action.report.trend import chart
from repro_action.text import plural
from repro_action.verdict import Verdict

LIMITS = ShowLimits(metrics=40, artifacts=25, leaves=40, materials=40, excluded=30)
CAUSES = 3
FACTS = 40
FINDINGS = 15
NOTICES = 10
STEPS = 60

FOLDED = 10
"""Ranks from here on are folded: a reader in a hurry misses nothing without them."""


NOTHING = Markdown()
ALONE_STEP = NextStep()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlacement:
    """Where a report is in a body.

    Attributes:
        remark: a line below the heading.
        step: what a reader can do, and where.
    """

    remark: Markdown = NOTHING
    step: NextStep = ALONE_STEP

    @property
    def links(self) -> SourceLinks:
        """The links to files of the project."""
        return self.step.links


ALONE = ReportPlacement()


def render(report: Report, *, budget: int = BUDGET, folds: bool = True) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes.

    Args:
        report: to render.
        budget: UTF-8 bytes.
        folds: whether what comes after the first lines is folded, in HTML that not every viewer knows.
    """
    commands = [block("\n".join(report.reproduce), "sh")] if report.reproduce else []
    title = "Reproduce locally"
    reproduce = Part(name="reproduce", rank=13, fold=details(report), title=title, blocks=commands)
    identity = [f"fingerprint {code(report.fingerprint, 64)}"] if report.fingerprint else []
    footer = " · ".join([f"repro {code(report.tool, 30)}", *identity])
    body = [*parts(report), reproduce]
    if not folds:
        body = [replace(one, fold="") for one in body]
    return fitted(body, footer, budget=budget)


def parts(report: Report, placement: ReportPlacement = ALONE) -> Iterator[Part]:
    """Yield the parts of a report in the order of reading: what is seen at first, then one fold."""
    first = lead(report)
    yield from opening(report, first, placement)
    yield from (folded(one, details(report)) for one in sections(report, placement))


def opening(report: Report, first: LeadSection, placement: ReportPlacement) -> Iterator[Part]:
    """Yield what is seen at first: heading, metrics, what else differs, what to do next."""
    head = heading(report, first)
    yield Part(name="verdict", rank=0, blocks=[f"{head}\n\n{placement.remark}".strip()])
    yield rules_part(report, base=placement.step.base)
    yield from opening_body(report, first, placement)


def opening_body(report: Report, first: LeadSection, placement: ReportPlacement) -> Iterator[Part]:
    """Yield what is below the heading and above the fold."""
    if report.error is not None and report.error.why and not report.causes:
        yield Part(name="error", rank=1, blocks=[paragraphs(report.error.why)])
    table = metric_table(first)
    yield Part(name="metrics", rank=2, blocks=[table] if table else [])
    line = others(report, first, placement.step.base, placement.links)
    yield Part(name="others", rank=3, blocks=[line] if line else [])
    step = placement.step.line(report, first)
    yield Part(name="next", rank=4, blocks=[f"**Next:** {step}"] if step else [])


def folded(one: Part, summary: str) -> Part:
    """Return a section in the one fold of its report, under its own heading."""
    return replace(one, fold=summary, title=one.title or one.fold)


def details(report: Report) -> str:
    """Return the summary of a report's one fold; warnings are counted where nobody could miss them."""
    count = len(report.warnings)
    return f"Details · ⚠️ {plural(count, 'warning')}" if count else "Details"


def sections(report: Report, placement: ReportPlacement) -> Iterator[Part]:
    """Yield all that is folded, each section with its title."""
    if report.error is not None and (report.causes or len(report.error.what) > REASON):
        yield part("output", 10, "notice", fold="The error", notice=report.error, log=placement.step.log)
    claim = _section(report.claim)
    if claim is not None and not claim.first:
        yield _claim(report, claim)
    change = _section(_renamed(shown_change(report), placement))
    if change is not None and report.change is not None and not change.first:
        materials = labels.materials(report.change, CAUSES)
        yield part(
            *("change", 11, "change"),
            fold=f"Against {prose(change.before.label, 60)}",
            section=change,
            causes=materials,
            effect=True,
            judged=False,
        )
    lines = findings(report, FINDINGS)
    if lines.findings.shown and report.verdict is not Verdict.REPRODUCED:
        located = [(placement.links.at(found.file, found.line), found) for found in lines.findings]
        title = "Where randomness may have entered"
        yield part("randomness", 12, "findings", fold=title, section=lines, located=located)
    if report.hints:
        notices = Listed.of(report.hints, NOTICES)
        yield part("hints", 12, "notices", fold="Known causes that fit", notices=notices)
    yield _history(report)
    yield from _artifacts(claim, change, prose(report.reference, 80))
    yield from _folded(report, claim, change)


def _history(report: Report) -> Part:
    charts = [block(chart(trend), "mermaid") for trend in trends(report)]
    absent = absent_history(report)
    why = f"History not fetched: {prose(absent)}. With {code('fetch-depth: 0')} the checkout has it."
    blocks = charts or ([Markdown(why)] if absent else [])
    return Part(name="history", rank=20, fold="Metrics over accepted baselines", blocks=blocks, noun="chart")


def _section(comparison: Comparison | None) -> ComparisonSection | None:
    return comparison_section(comparison, LIMITS) if comparison is not None else None


def _renamed(change: Comparison | None, placement: ReportPlacement) -> Comparison | None:
    """Return the change with its base called as people call it."""
    if change is None or not placement.step.base:
        return change
    return replace(change, before=replace(change.before, label=placement.step.base))


def _claim(report: Report, claim: ComparisonSection) -> Part:
    """Answer the first question: does the run match the baseline?"""
    judged = claim.same_platform
    title = f"Against {prose(report.reference, 80)}" if judged else "Against the nearest platform class"
    return part(
        *("baseline", 10, "claim"),
        fold=title,
        section=claim,
        report=report,
        effect=False,
        judged=judged,
    )


def _artifacts(
    claim: ComparisonSection | None, change: ComparisonSection | None, reference: str
) -> Iterator[Part]:
    for name, rank, side, section in (
        ("artifacts", 12, reference, claim),
        ("artifacts", 13, "the base branch", change),
    ):
        if section is None:
            continue
        listed = section.artifacts.entries
        judged = section is claim and section.same_platform and not section.first
        counted = f"{listed.count} not identical, {section.identical.artifacts} identical"
        summary = "Artifacts" if section.first else f"Artifacts against {side}: {counted}"
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
        ("inputs", 15, claim, prose(report.reference, 80)),
        ("inputs", 16, change, "the base branch"),
    ):
        if section is not None and section.materials.shown:
            fold = f"Inputs that differ from {other}"
            yield part(name, rank, "materials", fold=fold, section=section)
    yield from (rows_part(report, section) for section in SECTIONS)
    listed = steps(report, limit=STEPS, facts=FACTS)
    yield part("steps", 19, "steps", fold="Steps and environment", steps=listed)


def rows_part(report: Report, section: RowsSection) -> Part:
    """Return a section made of rows, from its own template or as a plain table."""
    rows = section.listed(report, section.limit)
    return part(section.name, section.rank, section.template, fold=section.title, section=section, rows=rows)
