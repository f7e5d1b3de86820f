# SPDX-License-Identifier: Apache-2.0
"""A checked model in a terminal: the answer, what it was compared with, then what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.report.check_model import CheckReport
from repro_action.report.render import check_labels
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal import style as styles
from repro_action.report.render.terminal.report import compared
from repro_action.report.render.terminal.style import STRONG, VERDICTS, Painter

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def show(report: CheckReport, console: Console) -> None:
    """Print the report on a console; without colours and padding where that is no terminal."""
    painter = Painter(ascii_only=console.options.ascii_only, width=console.width)
    layout.show(parts(report, painter), painter, console)


def render(report: CheckReport, *, width: int = styles.UNWRAPPED, ascii_only: bool = False) -> str:
    """Return the report as plain text without colours or trailing blanks."""
    painter = Painter(ascii_only=ascii_only, width=width)
    return layout.plain(parts(report, painter), painter)


def parts(report: CheckReport, painter: Painter) -> Iterator[RenderableType]:
    """Yield the parts, from above."""
    from rich.padding import Padding

    symbol, style = VERDICTS[report.verdict]
    answer = (f"{check_labels.title(report)}", style)
    yield painter.text(
        (symbol, style), " ", (report.name, STRONG), ": ", answer, f" · {check_labels.origin(report)}"
    )
    yield Padding(painter.text(check_labels.headline(report)), (0, 0, 0, 2), expand=False)
    for fact in check_labels.facts(report):
        yield layout.fact(painter, fact.label, fact.text)
    if report.comparison is not None:
        yield from compared(report.comparison, painter)
