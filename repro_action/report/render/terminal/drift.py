# SPDX-License-Identifier: Apache-2.0
"""Compared data in a terminal: the answer, a table of columns, then what was compared and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.report.drift_model import DriftAnswer, DriftReport, TableDrift
from repro_action.report.render import drift_labels
from repro_action.report.render.drift_labels import ColumnRow
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal import style as styles
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, GOOD, STRONG, Painter

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

_ANSWERS = {
    DriftAnswer.STABLE: ("✔", GOOD),
    DriftAnswer.DRIFTED: ("✘", BAD),
    DriftAnswer.UNDECIDED: ("○", FAIR),
}

_ROWS = 30
"""Columns that are shown; drifted ones come first."""

_NAME = 24


def show(report: DriftReport, console: Console) -> None:
    """Print the report on a console; without colours and padding where that is no terminal."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    layout.show(parts(report, painter), painter, console)


def render(report: DriftReport, *, width: int = styles.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return the report as plain text without colours or trailing blanks."""
    painter = Painter(ascii_only=ascii_only, width=width)
    return layout.plain(parts(report, painter), painter)


def parts(report: DriftReport, painter: Painter) -> Iterator[RenderableType]:
    """Yield the parts, from above."""
    from rich.padding import Padding

    symbol, style = _ANSWERS[report.answer]
    answer = (drift_labels.TITLES[report.answer], style)
    yield painter.text((symbol, style), " ", (report.name, STRONG), ": ", answer)
    yield Padding(painter.text(drift_labels.headline(report)), (0, 0, 0, 2), expand=False)
    yield from _columns(report.data, painter, "")
    if report.predictions is not None:
        yield from _columns(report.predictions, painter, "predictions")
    yield painter.text("")
    for fact in drift_labels.facts(report):
        yield layout.fact(painter, fact.label, fact.text)


def _columns(table: TableDrift, painter: Painter, title: str) -> Iterator[RenderableType]:
    rows = list(drift_labels.rows(table))
    if not rows:
        return
    yield painter.text("")
    if title:
        yield painter.text(("  " + title, STRONG))
    yield _table(rows[:_ROWS], painter)
    drifted = sum(row.drifted for row in rows[_ROWS:])
    rest = f"{drifted} of them drifted; `--json` has all" if drifted else "none of them drifted"
    yield from layout.more(painter, len(rows) - _ROWS, rest)


def _table(rows: list[ColumnRow], painter: Painter) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, no_wrap=True, justify="right")
    grid.add_column(max_width=_NAME, no_wrap=True, overflow="ellipsis")
    for _ in range(3):
        grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("", *(painter.text((head, DIM)) for head in drift_labels.HEADS))
    for row in rows:
        symbol = ("✘", BAD) if row.drifted else ("", "")
        cells = [
            painter.text((f"{cell}", BAD if over else ""))
            for cell, over in zip(row.cells, row.exceeded, strict=True)
        ]
        name = painter.plain(row.name, _NAME)
        grid.add_row(
            painter.text(symbol),
            painter.text((name, STRONG if row.drifted else "")),
            *cells,
            painter.text((row.text, "" if row.drifted else DIM)),
        )
    return grid
