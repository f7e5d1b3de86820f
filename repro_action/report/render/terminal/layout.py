# SPDX-License-Identifier: Apache-2.0
"""How reports stand in a terminal: facts behind labels, notices, and plain text without colours."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repro_action.report.model import Notice
from repro_action.report.render.terminal.style import BAD, DIM, FAIR, Painter, Span
from repro_action.report.sections.listed import Listed
from repro_action.text import plural, uncoloured

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

LABEL = 14
"""Columns of the names at the left of facts."""

LINES = 40
"""Lines of an error's text that are shown."""

NOTICES = 10


def show(renderables: Iterable[RenderableType], painter: Painter, console: Console) -> None:
    """Print parts below each other; without colours and padding where that is no terminal."""
    if not console.is_terminal:
        console.file.write(plain(renderables, painter))
        return
    for part in renderables:
        console.print(part)


def plain(renderables: Iterable[RenderableType], painter: Painter) -> str:
    """Return parts below each other as text without colours or trailing blanks."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(), width=painter.width, color_system=None, highlight=False, legacy_windows=False
    )
    options = console.options
    options.encoding = "ascii" if painter.ascii_only else "utf-8"
    lines = (
        "".join(segment.text for segment in segments).rstrip()
        for part in renderables
        for segments in console.render_lines(part, options, pad=False)
    )
    return "".join(f"{line}\n" for line in lines)


def fact(painter: Painter, label: str, *spans: Span) -> RenderableType:
    """Return spans behind a label; lines that go on stand below the first."""
    return labelled(painter, f"  {label}", LABEL + 2, *spans)


def labelled(painter: Painter, label: str, width: int, *spans: Span) -> RenderableType:
    """Return spans behind a label of so many columns."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 0))
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(painter.text((label, DIM)), painter.text(*spans))
    return grid


def facts(painter: Painter, label: str, lines: Iterable[Sequence[Span]]) -> Iterator[RenderableType]:
    """Yield several lines behind one label."""
    for place, spans in enumerate(lines):
        yield fact(painter, "" if place else label, *spans)


def notices(found: Sequence[Notice], painter: Painter, label: str, style: str) -> Iterator[RenderableType]:
    """Yield each notice with its why and remedy.

    Args:
        found: the notices.
        painter: of the terminal.
        label: at the left of each.
        style: of what happened.
    """
    listed = Listed.of(found, NOTICES)
    for notice in listed:
        where = f"{notice.where}: " if notice.where else ""
        yield fact(painter, label, (f"{where}{notice.what}", style))
        for text in (notice.why, notice.remedy):
            if text:
                yield fact(painter, "", text)
    yield from more(painter, listed.more)


def more(painter: Painter, count: int, rest: str = "") -> Iterator[RenderableType]:
    """Yield a line about what a limit leaves out and where the rest is, or nothing."""
    if count > 0:
        spans: list[Span] = (
            [(f"and {count} more", FAIR), (f"; {rest}", DIM)] if rest else [f"and {count} more"]
        )
        yield fact(painter, "", *spans)


def error(notice: Notice, painter: Painter) -> Iterator[RenderableType]:
    """Yield what happened, where, why, the remedy, and where its log is."""
    for label, line, style in notice_lines(notice):
        yield fact(painter, label, (line, style))


def notice_lines(notice: Notice) -> Iterator[tuple[str, str, str]]:
    """Yield `(label, line, style)` of an error; lines that go on have no label."""
    rows = (
        ("error", notice.what),
        ("where", notice.where),
        ("why", notice.why),
        ("fix", notice.remedy),
        ("log", notice.log),
    )
    for label, text in rows:
        lines = uncoloured(text).strip("\n").split("\n") if text else []
        style = BAD if label == "error" else ""
        for place, line in enumerate(lines[:LINES]):
            yield "" if place else label, line, style
        if len(lines) > LINES:
            yield "", f"… {plural(len(lines) - LINES, 'more line')}", ""
