# SPDX-License-Identifier: Apache-2.0
"""A probe's report in a terminal: the answer, the variations, then each dependence with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from repro_action.finding import Finding
from repro_action.observation import Divergence
from repro_action.report import numbers
from repro_action.report.model import MetricRow, State
from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport, VariationRow
from repro_action.report.render import probe_labels
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal import style as styles
from repro_action.report.render.terminal.comparison import artifact_tree
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STRONG, Painter, Span, joined
from repro_action.report.sections.artifacts import artifacts
from repro_action.report.sections.probe import as_comparison, probe_section
from repro_action.text import few

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

FINDINGS = 20
ARTIFACTS = 3
LEAVES = 8
METRICS = 5
PLACES = 6
MARKS = 4
REST = ".repro/probe.md lists more"

_SYMBOLS = {
    Answer.SAME: ("✔", "ok", GOOD),
    Answer.PINNED: ("●", "o", FAIR),
    Answer.DIFFERS: ("✘", "x", BAD),
    Answer.FAILED: ("✘", "x", BAD),
    Answer.UNAVAILABLE: ("\N{EN DASH}", "-", DIM),
    Answer.NOT_TRIED: ("·", ".", DIM),
}
"""Symbol, the same in ASCII, and style."""


def show(report: ProbeReport, console: Console) -> None:
    """Print the report on a console; without colours and padding where that is no terminal."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    layout.show(parts(report, painter), painter, console)


def render(report: ProbeReport, *, width: int = styles.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return the report as plain text without colours or trailing blanks."""
    painter = Painter(ascii_only=ascii_only, width=width)
    return layout.plain(parts(report, painter), painter)


def parts(report: ProbeReport, painter: Painter) -> Iterator[RenderableType]:
    """Yield the parts, from above."""
    from rich.padding import Padding

    section = probe_section(report, FINDINGS)
    symbol, style = _verdict(report)
    name = (report.name, STRONG)
    yield painter.text((symbol, style), " ", name, ": ", (probe_labels.title(report), style))
    if report.headline:
        yield Padding(painter.text(report.headline), (0, 0, 0, 2), expand=False)
    facts = probe_labels.facts(report)
    if facts:
        spans = joined(" · ", ([(fact, DIM)] for fact in facts))
        yield Padding(painter.text(*spans), (0, 0, 0, 2), expand=False)
    if report.error is not None:
        yield from layout.error(report.error, painter)
    if report.variations:
        yield ""
        yield table(section.selected, painter)
        left = section.passed_over
        if left:
            yield painter.text((f"  {left} more {'was' if left == 1 else 'were'} not selected", DIM))
    if report.suspects:
        yield ""
        yield from layout.facts(painter, "possible", _places(report.suspects))
        yield from layout.more(painter, len(report.suspects) - PLACES, REST)
    for found in section.findings:
        yield from _finding(found, report, painter)
    if section.rounding or report.warnings or section.findings.more:
        yield ""
    yield from layout.more(painter, section.findings.more, REST)
    yield from layout.facts(painter, "rounding", map(_rounding, section.rounding))
    yield from layout.notices(report.warnings, painter, "warning", FAIR)


def table(rows: Sequence[VariationRow], painter: Painter) -> RenderableType:
    """Return a table of variations: symbol, name, what became of it, and what it disturbs."""
    from rich.padding import Padding
    from rich.table import Table

    names = [painter.plain(row.name, 24) for row in rows]
    outcomes = [painter.plain(probe_labels.answer(row), 160) for row in rows]
    taken = max(map(len, names), default=0) + _GAPS
    wide = min(max(map(len, outcomes), default=0), max(24, (painter.width - taken) // 2))
    room = 0 if painter.narrow else painter.width - taken - wide
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", max_width=wide)
    grid.add_column(no_wrap=True)
    for row, name, outcome in zip(rows, names, outcomes, strict=True):
        symbol, plain, style = _SYMBOLS[row.answer]
        grid.add_row(
            painter.text((plain if painter.ascii_only else symbol, style)),
            painter.text((name, STRONG if style == BAD else "")),
            painter.text((outcome, style)),
            painter.text((_cut(painter.plain(row.what, 200), room), DIM)),
        )
    return Padding(grid, (0, 0, 0, 2), expand=False)


_GAPS = 11
"""Columns of the table's indent, its symbols and the gaps between its columns."""


def _cut(text: str, room: int) -> str:
    """Cut what does not fit; nothing is left where few letters would be."""
    if len(text) <= room:
        return text
    return f"{text[: room - 3].rstrip()}…" if room > 12 else ""


def _verdict(report: ProbeReport) -> tuple[str, str]:
    if report.error is None and not (report.tried or report.findings):
        return "○", FAIR
    if report.agreed and report.suspects:
        return "○", FAIR
    return ("✔", GOOD) if report.robust else ("✘", BAD)


def _finding(found: ProbeFinding, report: ProbeReport, painter: Painter) -> Iterator[RenderableType]:
    from rich.padding import Padding

    style = FAIR if found.pinned_by else BAD
    yield ""
    yield Padding(painter.text((probe_labels.sentence(found, report), style)), (0, 0, 0, 2), expand=False)
    if found.step:
        yield layout.fact(painter, "first step", found.step)
    yield from layout.facts(painter, "metrics", (_metric(row, painter) for row in found.metrics[:METRICS]))
    yield from layout.more(painter, len(found.metrics) - METRICS, REST)
    compared = as_comparison(found, ARTIFACTS)
    tree = artifacts(compared, ARTIFACTS, opened=ARTIFACTS, leaves=LEAVES)
    yield from artifact_tree(tree, painter, judged=False, rest=REST)
    yield from layout.facts(painter, "where", _places(found.places, found.remedy))
    yield from layout.more(painter, len(found.places) - PLACES, REST)
    if found.divergence is not None:
        yield from layout.facts(painter, "parted", _divergence(found.divergence, painter))
        yield from layout.more(painter, len(found.divergence.differing) - MARKS, REST)
    if found.remedy:
        yield layout.fact(painter, "fix", (found.remedy, STRONG))


def _metric(row: MetricRow, painter: Painter) -> list[Span]:
    cut = max(24, painter.width // 3)
    before, after = numbers.pair(row.before, row.after)
    left = "none" if row.state is State.ADDED else painter.plain(before, cut)
    right = "none" if row.state is State.MISSING else painter.plain(after, cut)
    change = numbers.delta(row)
    return [
        (painter.plain(row.name, cut), STRONG),
        f" {left} → {right}",
        (f"  {change}" if change else "", DIM),
    ]


def _places(places: Sequence[Finding], shown_remedy: str = "") -> Iterator[list[Span]]:
    for place in places[:PLACES]:
        evidence = f"  {probe_labels.evidence(place)}"
        yield [(place.location, STRONG), "  ", place.what, (evidence, DIM)]
        if place.remedy and place.remedy != shown_remedy:
            yield [("→ ", DIM), place.remedy]


def _divergence(parting: Divergence, painter: Painter) -> Iterator[list[Span]]:
    name, rest = probe_labels.parted(parting)
    yield [f"{probe_labels.call(parting)}: ", (name, STRONG), f" {rest}"]
    for path, before, after in parting.differing[:MARKS]:
        left, right = (painter.plain(text or "none", 120) for text in (before, after))
        yield [(painter.plain(path or "(the value)", 80), STRONG), f": {left} ≠ {right}"]


def _rounding(found: ProbeFinding) -> list[Span]:
    size = probe_labels.rounding(found)
    pinned = f"kept stable by {few(found.pinned_by)}"
    return [(f"{probe_labels.culprits(found)}: {f'{size}, ' if size else ''}{pinned}", DIM)]
