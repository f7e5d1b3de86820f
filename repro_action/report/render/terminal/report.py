# SPDX-License-Identifier: Apache-2.0
"""The report in a terminal: the verdict first, then the cause, then what differs, then what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repro_action.compare.materials import MaterialDifference
from repro_action.finding import Finding, FindingKind
from repro_action.findings.catalogue import CATALOGUE
from repro_action.findings.suspects import shown_values
from repro_action.report import numbers
from repro_action.report.model import (
    Cause,
    Comparison,
    InputState,
    MetricRow,
    Notice,
    Report,
    StepLine,
    StepState,
)
from repro_action.report.render import labels
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal import style as styles
from repro_action.report.render.terminal.comparison import artifact_tree, metric_tables, unchanged_metrics
from repro_action.report.render.terminal.config_changes import rules_lines
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STRONG, Painter, Span, packed
from repro_action.report.sections.attention import quiet, shown_change
from repro_action.report.sections.comparison import ComparisonSection, ShowLimits, comparison_section
from repro_action.report.sections.findings import FindingsSection, findings
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.predictions import PREDICTIONS as ROWS
from repro_action.report.sections.predictions import churn_line, churn_rows
from repro_action.report.sections.rows import Row, RowsSection
from repro_action.report.sections.table import SECTIONS
from repro_action.report.sections.training import parting_line
from repro_action.text import plural

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

CAUSES = 3
FINDINGS = 5
PREDICTIONS = 18
LIMITS = ShowLimits(metrics=20, artifacts=20, opened=4, leaves=8, materials=12, excluded=layout.NOTICES)


def show(report: Report, console: Console) -> None:
    """Print the report on a console; without colours and padding where that is no terminal."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    layout.show(parts(report, painter), painter, console)


def show_comparison(
    comparison: Comparison,
    console: Console,
    *,
    same: bool,
    within: bool = False,
    notes: Sequence[Notice] = (),
) -> None:
    """Print one comparison alone, for `repro diff`; `same` and `within` are its answer, `notes` beside it.

    Args:
        comparison: both sides.
        console: to print on.
        same: whether both are identical.
        within: whether they agree within the tolerance.
        notes: to print below.
    """
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    answer, style = ("✔ identical", GOOD) if same else ("≠ not identical", STRONG)
    if within and not same:
        answer, style = "≈ inside the tolerance", FAIR
    body = [*compared(comparison, painter)]
    body += layout.facts(
        painter, "training", ([parting_line(one, picture=True)] for one in comparison.partings)
    )
    if any(artifact.reason and leaf.opaque for artifact in comparison.artifacts for leaf in artifact.leaves):
        body.append(layout.fact(painter, "hint", CATALOGUE[FindingKind.OPAQUE_BYTES].remedy))
    body += layout.notices(notes, painter, "hint", STRONG)
    layout.show([painter.text((answer, style)), *body], painter, console)


def compared(comparison: Comparison, painter: Painter) -> Iterator[RenderableType]:
    """Yield one comparison that stands alone: of two artifacts, or of a deployed model."""
    yield from _comparison(comparison, painter, "compared", causes=0)


def render(report: Report, *, width: int = styles.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return the report as plain text without colours or trailing blanks."""
    painter = Painter(ascii_only=ascii_only, width=width)
    return layout.plain(parts(report, painter), painter)


def render_notice(notice: Notice) -> str:
    """Return an error as plain text: `error: …`, then where, why and remedy."""
    painter = Painter(ascii_only=False, width=styles.UNWRAPPED)
    lines = (
        layout.labelled(painter, f"{label:>5}: " if label else "", 7, (line, style))
        for label, line, style in layout.notice_lines(notice)
    )
    return layout.plain(lines, painter)


def parts(report: Report, painter: Painter) -> Iterator[RenderableType]:
    """Yield the parts, from above."""
    from rich.padding import Padding

    symbol, style = styles.verdict(report)
    name = (report.name, STRONG)
    yield painter.text((symbol, style), " ", name, ": ", (labels.verdict(report), style))
    yield Padding(painter.text(labels.headline(report)), (0, 0, 0, 2), expand=False)
    yield from _causes(report, painter)
    if report.error is not None:
        yield from layout.error(report.error, painter)
    yield from rules_lines(report, painter)
    if report.claim is not None:
        yield from _comparison(report.claim, painter, "claim", causes=len(report.causes))
    change = shown_change(report)
    if change is not None:
        yield from _comparison(change, painter, "change", causes=0)
    yield from _facts(report, painter)


def _comparison(
    comparison: Comparison, painter: Painter, name: str, *, causes: int
) -> Iterator[RenderableType]:
    section = comparison_section(comparison, LIMITS)
    if section.first and name != "compared":
        yield from _first(section, painter, name)
        return
    same = labels.identical(section)
    if name == "change" and not section.differs:
        unchanged = (
            f"nothing that is compared: {same or 'all of it'} identical to {labels.side(section.before)}"
        )
        yield layout.fact(painter, name, unchanged)
        return
    if section.differs:
        yield ""
    yield layout.fact(painter, name, (labels.sides(section), STRONG if section.differs else ""))
    if not section.same_platform:
        yield layout.fact(painter, "", ("the platform classes differ: this says nothing about bits", FAIR))
    yield from _packed(painter, "inputs", map(_input, section.inputs))
    if same:
        yield layout.fact(painter, "identical", (same, GOOD))
    yield from _packed(painter, "metrics", unchanged_metrics(section))
    if name == "change" or section.materials.count > causes:
        yield from _materials(section, painter)
    judged = name != "change" and section.same_platform
    yield from metric_tables(section, painter, judged=judged)
    yield from _predictions(comparison, painter)
    yield from artifact_tree(section.artifacts, painter, judged=judged, rest=_REST[name])
    if labels.hidden(section.hidden):
        yield layout.fact(painter, "not listed", (labels.hidden(section.hidden), FAIR))
    for rule in section.excluded:
        # Two files that were named have no path of their own.
        where = f" of {rule.artifact}" if rule.artifact else ""
        text = f"{plural(rule.count, 'leaf')}{where}: {rule.rule}"
        yield layout.fact(painter, "left out", (text, DIM))


def _predictions(comparison: Comparison, painter: Painter) -> Iterator[RenderableType]:
    """Yield which decisions differ: a line a file, then what is known besides."""
    for churn in comparison.predictions:
        named = churn.path and len(comparison.predictions) > 1
        line = f"{churn.path}: {churn_line(churn)}" if named else churn_line(churn)
        yield layout.fact(painter, "predictions", (line, FAIR if churn.absent else STRONG))
        rows = Listed.of(churn_rows(churn), PREDICTIONS + len(churn.changed_rows))
        yield from (layout.fact(painter, "", _row(row, ROWS)) for row in rows)
        yield from layout.more(painter, rows.more)


def _first(section: ComparisonSection, painter: Painter, name: str) -> Iterator[RenderableType]:
    """Yield what there is to see of a model that nothing came before."""
    if name == "change":
        yield layout.fact(painter, name, f"a new model: {labels.side(section.before)} has no baseline of it")
        return
    rows = (row for group in section.metrics.files for row in group.rows)
    yield from _packed(painter, "metrics", map(_value, rows))
    yield from layout.more(painter, section.metrics.more)
    named = ((entry.artifact.path, STRONG) for entry in section.artifacts.entries)
    yield from _packed(painter, "artifacts", ([name] for name in named))
    yield from layout.more(painter, section.artifacts.entries.more)


def _value(row: MetricRow) -> list[Span]:
    return [(row.name, STRONG), f" {numbers.number(row.after)}"]


_REST = {
    "claim": ".repro/report.md lists more",
    "change": ".repro/report.md lists more",
    "compared": "--json lists more",
}
"""Where to find what is not shown here."""


def _input(state: InputState) -> list[Span]:
    style = {True: DIM, False: BAD, None: FAIR}[state.same]
    note: list[Span] = [(f" ({state.note})", DIM)] if state.note and state.same is False else []
    return [(f"{state.name} {labels.input_mark(state)}", style), *note]


def _causes(report: Report, painter: Painter) -> Iterator[RenderableType]:
    causes = Listed.of(report.causes, CAUSES)
    yield from layout.facts(painter, "cause", map(_cause, causes))
    yield from layout.more(painter, causes.more)


def _cause(found: Cause) -> list[Span]:
    place = labels.cause_place(found)
    return [(found.text, STRONG), *([(f"  {place}", DIM)] if place else [])]


def _materials(section: ComparisonSection, painter: Painter) -> Iterator[RenderableType]:
    yield from layout.facts(painter, "materials", (_material(found, painter) for found in section.materials))
    yield from layout.more(painter, section.materials.more)


def _material(found: MaterialDifference, painter: Painter) -> list[Span]:
    before, after = (painter.plain(value or "none", 40) for value in shown_values(found))
    name = painter.plain(found.name, min(60, max(20, painter.width - layout.LABEL - 16)))
    return [f"{found.kind.value} {name}: {before} → {after}"]


def _facts(report: Report, painter: Painter) -> Iterator[RenderableType]:
    loud = not quiet(report)
    if loud:
        yield ""
    yield from _packed(painter, "steps", (_step(line) for line in report.steps))
    if loud:
        for section in SECTIONS:
            yield from rows_lines(report, section, painter)
    yield from _findings(findings(report, FINDINGS), painter)
    yield from layout.notices(report.warnings, painter, "warning", FAIR)
    yield from layout.notices(report.hints, painter, "hint", STRONG)
    if loud:
        commands = ([command] for command in report.reproduce[: layout.NOTICES])
        yield from layout.facts(painter, "reproduce", commands)
    if report.receipts is not None and quiet(report):  # else the section says it
        yield layout.fact(painter, "receipts", (report.receipts.text, ""))
    if report.fingerprint:
        yield layout.fact(painter, "fingerprint", (report.fingerprint[:12], DIM))


def _findings(section: FindingsSection, painter: Painter) -> Iterator[RenderableType]:
    """Yield the lines where randomness may have entered; of a drift, they are its causes, above."""
    if section.explain:
        return
    yield from layout.facts(painter, "randomness", map(_finding, section.findings))
    yield from layout.more(painter, section.findings.more, _REST["claim"])


def _finding(found: Finding) -> list[Span]:
    return [(found.location, STRONG), f"  {found.what} → {found.remedy}"]


def rows_lines(report: Report, section: RowsSection, painter: Painter) -> Iterator[RenderableType]:
    """Yield a section made of rows: `name: cell · cell`, or `name: before → after`."""
    if section.label:
        rows = section.listed(report, layout.NOTICES)
        yield from layout.facts(painter, section.label, ([_row(row, section)] for row in rows))
        yield from layout.more(painter, rows.more, _REST["claim"])


def _row(row: Row, section: RowsSection) -> str:
    cells = (cell if isinstance(cell, str) else plural(cell.count, cell.noun) for cell in row.cells)
    shown = [cell or "none" for cell in cells] if section.sides else filter(None, cells)
    return f"{row.name}: {(' → ' if section.sides else ' · ').join(shown)}"


def _step(line: StepLine) -> list[Span]:
    style = {StepState.FAILED: BAD, StepState.NOT_RUN: FAIR}.get(line.state, DIM)
    first: list[Span] = [(" (first difference)", BAD)] if line.first_difference else []
    return [f"{line.name} ", (labels.step(line), style), *first]


def _packed(painter: Painter, label: str, parts: Iterable[Iterable[Span]]) -> Iterator[RenderableType]:
    """Yield facts side by side; a line that is full ends between two of them."""
    lines = packed((" · ", DIM), parts, painter, painter.width - layout.LABEL - 2)
    for place, line in enumerate(lines):
        yield layout.fact(painter, "" if place else label, *line)
