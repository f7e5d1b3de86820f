# SPDX-License-Identifier: Apache-2.0
"""The report in a terminal: the verdict first, then the cause, then what differs, then what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repro_action.findings.suspects import shown_values
from repro_action.report.model import Comparison, InputState, Notice, Report, StepLine, StepState
from repro_action.report.render import labels as words
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal import style as paint
from repro_action.report.render.terminal.comparison import artifact_tree, kept_metrics, metric_table
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STRONG, Painter, Span, packed
from repro_action.text import plural

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

CAUSES = 3
MATERIALS = 12


def show(report: Report, console: Console) -> None:
    """Print the report on a console; without colours and padding where that is no terminal."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    layout.show(parts(report, painter), painter, console)


def show_comparison(comparison: Comparison, console: Console, *, same: bool, within: bool = False) -> None:
    """Print one comparison alone, for `repro diff`; `same` and `within` are its answer."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    told, style = ("✔ identical", GOOD) if same else ("≠ not identical", STRONG)
    if within and not same:
        told, style = "≈ inside the tolerance", FAIR
    parts = _comparison(comparison, painter, "compared", told=0)
    layout.show([painter.text((told, style)), *parts], painter, console)


def render(report: Report, *, width: int = paint.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return the report as plain text without colours or trailing blanks."""
    painter = Painter(ascii_only=ascii_only, width=width)
    return layout.plain(parts(report, painter), painter)


def render_notice(notice: Notice, *, width: int = paint.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return an error as plain text: `error: …`, then where, why and remedy."""
    painter = Painter(ascii_only=ascii_only, width=width)
    lines = (
        layout.labelled(painter, f"{label:>5}: " if label else "", 7, (line, style))
        for label, line, style in layout.notice_lines(notice)
    )
    return layout.plain(lines, painter)


def parts(report: Report, painter: Painter) -> Iterator[RenderableType]:
    """Yield what stands below each other."""
    from rich.padding import Padding

    symbol, style = paint.verdict(report)
    name = (report.name, STRONG)
    yield painter.text((symbol, style), " ", name, ": ", (words.title(report), style))
    yield Padding(painter.text(words.headline(report)), (0, 0, 0, 2), expand=False)
    if report.error is not None:
        yield from layout.error(report.error, painter)
    yield from _causes(report, painter)
    if report.claim is not None:
        yield from _comparison(report.claim, painter, "claim", told=len(report.causes))
    if report.change is not None:
        yield from _comparison(report.change, painter, "change", told=0)
    yield from _facts(report, painter)


def _comparison(
    comparison: Comparison, painter: Painter, name: str, *, told: int
) -> Iterator[RenderableType]:
    quiet, same = not words.differs(comparison), words.same(comparison)
    if quiet and name == "change":
        side = words.side(comparison.before)
        yield layout.fact(
            painter, name, f"nothing that is compared: {same or 'all of it'} identical to {side}"
        )
        return
    if not quiet:
        yield ""
    yield layout.fact(painter, name, (words.sides(comparison), "" if quiet else STRONG))
    if not comparison.same_platform:
        yield layout.fact(painter, "", ("the platform classes differ: this says nothing about bits", FAIR))
    yield from _packed(painter, "inputs", (_place(place) for place in comparison.strip))
    if same:
        yield layout.fact(painter, "identical", (same, GOOD))
    yield from _packed(painter, "metrics", kept_metrics(comparison))
    if name == "change" or len(comparison.materials) + comparison.hidden_materials > told:
        yield from _materials(comparison, painter)
    judged = name != "change" and comparison.same_platform
    yield from metric_table(comparison, painter, judged=judged)
    yield from artifact_tree(comparison, painter, judged=judged, rest=_REST[name])
    if words.hidden(comparison):
        yield layout.fact(painter, "not listed", (words.hidden(comparison), FAIR))
    for rule in comparison.excluded[: layout.NOTICES]:
        yield layout.fact(
            painter, "left out", (f"{plural(rule.count, 'leaf')} of {rule.artifact}: {rule.rule}", DIM)
        )


_REST = {
    "claim": ".repro/report.md lists more",
    "change": ".repro/report.md lists more",
    "compared": "--json lists more",
}
"""Where that stands which is not shown here."""


def _place(place: InputState) -> list[Span]:
    style = {True: DIM, False: BAD, None: FAIR}[place.same]
    note: list[Span] = [(f" ({place.note})", DIM)] if place.note and place.same is False else []
    return [(f"{place.name} {words.strip_mark(place)}", style), *note]


def _causes(report: Report, painter: Painter) -> Iterator[RenderableType]:
    for place, cause in enumerate(report.causes[:CAUSES]):
        yield layout.fact(painter, "" if place else "cause", (cause.text, STRONG))
    if words.shown(report.causes, CAUSES):
        yield layout.fact(painter, "", words.shown(report.causes, CAUSES))


def _materials(comparison: Comparison, painter: Painter) -> Iterator[RenderableType]:
    for place, found in enumerate(comparison.materials[:MATERIALS]):
        before, after = (painter.plain(value or "none", 40) for value in shown_values(found))
        name = painter.plain(found.name, min(60, max(20, painter.width - layout.LABEL - 16)))
        told = f"{found.kind.value} {name}: {before} → {after}"
        yield layout.fact(painter, "" if place else "materials", told)
    count = max(len(comparison.materials) - MATERIALS, 0) + comparison.hidden_materials
    if count:
        yield layout.fact(painter, "", f"and {count} more")


def _facts(report: Report, painter: Painter) -> Iterator[RenderableType]:
    loud = not words.quiet(report)
    if loud:
        yield ""
    yield from _packed(painter, "steps", (_step(line) for line in report.steps))
    for place, found in enumerate(report.circumstances[: layout.NOTICES] if loud else ()):
        told = f"{found.name}: {found.before or 'none'} → {found.after or 'none'}"
        yield layout.fact(painter, "" if place else "circumstances", told)
    yield from layout.notices(report.warnings, painter, "warning", FAIR)
    yield from layout.notices(report.hints, painter, "hint", STRONG)
    if loud:
        for place, command in enumerate(report.reproduce[: layout.NOTICES]):
            yield layout.fact(painter, "" if place else "reproduce", command)
    if report.fingerprint:
        yield layout.fact(painter, "fingerprint", (report.fingerprint[:12], DIM))


def _step(line: StepLine) -> list[Span]:
    style = {StepState.FAILED: BAD, StepState.NOT_RUN: FAIR}.get(line.state, DIM)
    first: list[Span] = [(" (first difference)", BAD)] if line.first_difference else []
    return [f"{line.name} ", (words.step(line), style), *first]


def _packed(painter: Painter, label: str, parts: Iterable[Iterable[Span]]) -> Iterator[RenderableType]:
    """Yield facts side by side; a line that is full ends between two of them."""
    lines = packed((" · ", DIM), parts, painter, painter.width - layout.LABEL - 2)
    for place, line in enumerate(lines):
        yield layout.fact(painter, "" if place else label, *line)
