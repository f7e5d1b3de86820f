# SPDX-License-Identifier: Apache-2.0
"""One row a measurement, printed and written as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.clock import Series, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement against its goal.

    Attributes:
        what: the work.
        ours: runs of repro.
        against: name of what it is compared with; empty where only time counts.
        theirs: its runs, each made right after ours.
        goal: in words.
        met: whether the goal was reached.
        note: what else was seen.
    """

    what: str
    ours: Series
    goal: str
    met: bool
    against: str = ""
    theirs: Series | None = None
    note: str = ""


HEADER = ("measurement", "repro", "compared with", "its time", "ratio", "goal", "met", "note")


def markdown(rows: Sequence[Row]) -> str:
    """Return a Markdown table whose columns are aligned, so that it reads well in a terminal too."""
    cells = [HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    rule = ["-" * width for width in widths]
    lines = [cells[0], rule, *cells[1:]]
    return "".join("| " + " | ".join(map(str.ljust, line, widths)) + " |\n" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    theirs = row.theirs
    return (
        row.what,
        _times(row.ours),
        row.against or "-",
        "-" if theirs is None else _times(theirs),
        "-" if theirs is None else f"{ratio(row.ours, theirs):.2f}",
        row.goal,
        "yes" if row.met else "**no**",
        row.note,
    )


def _times(series: Series) -> str:
    return f"{_seconds(series.median)} ({_seconds(min(series.seconds))} to {_seconds(max(series.seconds))})"


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"
