# SPDX-License-Identifier: Apache-2.0
"""One report as a page: the verdict and its reasons first, then a part for each thing that was compared.

A pure function of its values: no clock, no host, no random id, so that one report has one page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.report.model import Comparison, Report, State
from repro_action.report.render import labels
from repro_action.report.render.html import tones
from repro_action.report.render.html.drawings import (
    history,
    matrix_figure,
    picture_figure,
    plot_figure,
    sparklines,
)
from repro_action.report.render.html.extras import NO_EXTRAS, PageExtras
from repro_action.report.render.html.lineage import lineage_drawing
from repro_action.report.render.html.markup import Html
from repro_action.report.render.html.style import document
from repro_action.report.render.html.templating import render as text
from repro_action.report.sections.attention import shown_change
from repro_action.report.sections.comparison import ComparisonSection, ShowLimits, comparison_section
from repro_action.report.sections.config_changes import rules_section
from repro_action.report.sections.findings import findings
from repro_action.report.sections.lead import lead
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.seed_noise import noise_line
from repro_action.report.sections.steps import steps
from repro_action.report.sections.table import SECTIONS
from repro_action.report.sections.trends import absent_history

LIMITS = ShowLimits(metrics=500, artifacts=1_000, leaves=10_000, materials=500, excluded=200)
FINDINGS = 50
NOTICES = 50
STEPS = 500
FACTS = 200
ROWS = 300
REASONS = 12

LEAVES = 10_000
"""Leaves of all artifacts that a page shows; the JSON report has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePart:
    """One part of a page, with its heading.

    Attributes:
        anchor: its id in the page, our own words.
        title: its heading; foreign.
        body: without one it is not shown.
    """

    anchor: str
    title: str
    body: Html


def render(report: Report, extras: PageExtras = NO_EXTRAS) -> str:
    """Return a report as one page of HTML, in UTF-8.

    Args:
        report: of one run.
        extras: what is known beyond it.
    """
    found = [part for part in parts(report, extras) if part.body]
    body = text("page", report=report, opening=opening(report), parts=found)
    title = f"{report.name}: {labels.title(report)}"
    return document(title, body, script=any('class="filter"' in part.body for part in found))


def opening(report: Report, *, level: int = 1) -> Html:
    """Return the verdict with its sentence and facts; `level` is that of its heading, 1 or 2."""
    claim = report.claim
    facts = [
        ("commit", claim.after.revision if claim is not None else ""),
        ("platform class", claim.after.platform if claim is not None else ""),
        ("fingerprint", report.fingerprint[:12]),
        ("compared with", labels.side(claim.before, platform=False) if claim is not None else ""),
        ("repro", report.tool),
    ]
    return text(
        "verdict",
        report=report,
        level=level,
        mark=tones.mark(report.verdict),
        verdict=labels.verdict(report),
        headline=labels.headline(report),
        facts=[fact for fact in facts if fact[1]],
    )


def parts(report: Report, extras: PageExtras = NO_EXTRAS, *, prefix: str = "") -> Iterator[PagePart]:
    """Yield the parts below the verdict in the order of reading; those without a body are not shown.

    `prefix` begins the ids inside of bodies, where a page has several reports.
    """
    claim, change = _section(report.claim), _section(shown_change(report))
    yield PagePart(anchor="error", title="The error", body=_error(report))
    yield PagePart(anchor="why", title=_why_title(report), body=_why(report))
    yield PagePart(anchor="rules", title="Changed rules", body=_rules(report))
    yield PagePart(anchor="metrics", title="Metrics", body=_metrics(report, claim, change))
    yield PagePart(anchor="history", title="Metrics over accepted baselines", body=_history(report))
    pictures = tuple(map(picture_figure, extras.pictures))
    yield PagePart(anchor="pictures", title="Pictures", body=text("pictures", pictures=pictures))
    matrices = tuple(map(matrix_figure, extras.matrices))
    yield PagePart(anchor="matrices", title="Confusion matrices", body=text("matrices", matrices=matrices))
    plots = tuple(map(plot_figure, extras.plots))
    yield PagePart(anchor="values", title="Values before and after", body=text("plots", charts=plots))
    yield PagePart(anchor="artifacts", title="Artifacts", body=_artifacts(report, claim, change, prefix))
    for section in SECTIONS:
        rows = section.listed(report, ROWS)
        body = text("rows", section=section, rows=rows) if rows else Html()
        yield PagePart(anchor=f"section-{section.name}", title=section.title, body=body)
    yield PagePart(anchor="inputs", title="Inputs that differ", body=_inputs(report, claim, change))
    yield from _run(report, extras)
    notices = Listed.of(report.warnings, NOTICES)
    yield PagePart(anchor="warnings", title="Warnings", body=text("notices", notices=notices))
    hints = Listed.of(report.hints, NOTICES)
    yield PagePart(anchor="hints", title="Known causes that fit", body=text("notices", notices=hints))
    commands = text("commands", commands=report.reproduce)
    yield PagePart(anchor="reproduce", title="Reproduce this run", body=commands)


def _run(report: Report, extras: PageExtras) -> Iterator[PagePart]:
    """Yield how the run was made: its stages and what they ran in."""
    drawing, cards = lineage_drawing(extras.cards), text("cards", cards=extras.cards)
    listed = steps(report, limit=STEPS, facts=FACTS)
    yield PagePart(
        anchor="steps", title="Steps", body=text("steps", steps=listed, drawing=drawing, cards=cards)
    )
    differing = [pair for pair in extras.environment if pair.before != pair.after]
    same = [pair for pair in extras.environment if pair.before == pair.after]
    body = text("environment", steps=listed, differing=differing, same=same)
    yield PagePart(anchor="environment", title="Environment", body=body)


def _section(comparison: Comparison | None) -> ComparisonSection | None:
    return comparison_section(comparison, LIMITS) if comparison is not None else None


def _error(report: Report) -> Html:
    return text("notice", notice=report.error) if report.error is not None else Html()


def _why_title(report: Report) -> str:
    return "Likely causes" if findings(report, 0).explain else "What changed"


def _why(report: Report) -> Html:
    first = lead(report)
    return text(
        "why",
        reasons=Listed.of(first.reasons, REASONS) if report.error is None else Listed(),
        strip=first.comparison.strip if first.comparison is not None else (),
        lines=findings(report, FINDINGS),
    )


def _rules(report: Report) -> Html:
    section = rules_section(report, settings=NOTICES, outside=NOTICES)
    return text("rules", section=section) if section is not None else Html()


def _compared(
    report: Report, claim: ComparisonSection | None, change: ComparisonSection | None
) -> Iterator[tuple[str, bool, ComparisonSection]]:
    """Yield each comparison with its heading, and whether a rule judges it."""
    if claim is not None:
        near = "Against the nearest platform class"
        title = f"Against {report.reference}" if claim.same_platform else near
        yield title, claim.same_platform and not claim.first, claim
    if change is not None and change.differs:
        yield f"This change against {change.before.label}", False, change


def _metrics(report: Report, claim: ComparisonSection | None, change: ComparisonSection | None) -> Html:
    pairs = [pair for pair in (report.claim, shown_change(report)) if pair is not None]
    rows = [row for pair in pairs for row in pair.metrics]
    shown = list(_compared(report, claim, change))
    tables = []
    for (title, judged, section), pair in zip(shown, pairs, strict=False):
        ordered = sorted(pair.metrics, key=lambda row: (row.state is State.IDENTICAL, row.state.accepted))
        listed = Listed.of(ordered, LIMITS.metrics, hidden=section.hidden.metrics)
        several = len({row.file for row in listed}) > 1
        values = {"judged": judged, "section": section, "rows": listed, "several": several}
        values["noise"] = noise_line(listed)
        sparks = sparklines(report.trends, listed.shown)
        tables.append(text("metrics", title=title if len(shown) > 1 else "", sparks=sparks, **values))
    return Html("\n".join(tables)) if rows else Html()


def _history(report: Report) -> Html:
    pairs = [pair for pair in (report.claim, report.change) if pair is not None]
    charts = history(report.trends, pairs[0].metrics if pairs else ())
    return text("history", charts=charts, absent=absent_history(report) if not charts else "")


def _artifacts(
    report: Report, claim: ComparisonSection | None, change: ComparisonSection | None, prefix: str
) -> Html:
    room, trees = LEAVES, []
    shown = list(_compared(report, claim, change))
    for place, (title, judged, section) in enumerate(shown):
        if not (section.artifacts.entries or section.identical.artifacts):
            continue
        entries = []
        for entry in section.artifacts.entries:
            leaves = Listed.of(entry.leaves.shown, room, hidden=entry.leaves.more)
            entries.append((entry, leaves))
            room -= len(leaves.shown)
        heading = title if len(shown) > 1 else ""
        values = {"judged": judged, "section": section, "entries": entries, "anchor": f"{prefix}tree-{place}"}
        trees.append(text("artifacts", title=heading, **values))
    return Html("\n".join(trees))


def _inputs(report: Report, claim: ComparisonSection | None, change: ComparisonSection | None) -> Html:
    shown = list(_compared(report, claim, change))
    tables = [
        text("materials", title=title if len(shown) > 1 else "", section=section)
        for title, _, section in shown
        if section.materials.shown
    ]
    return Html("\n".join(tables))
