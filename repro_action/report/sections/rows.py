# SPDX-License-Identifier: Apache-2.0
"""A section that is a list of named rows: every medium shows it without code for it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from repro_action.report.model import Report
from repro_action.report.sections.listed import Listed


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of things, such as 3 of `leaf`: each medium writes it out as people say it."""

    count: int
    noun: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a name and what is said of it; both foreign, empty where there is nothing to say."""

    name: str
    cells: tuple[str | Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsSection:
    """A section made of rows; one without a row is not shown.

    Attributes:
        name: how it is called where it is left out for length, and by `comment-sections` of the action.
        title: its heading in the one fold of Markdown.
        columns: heads of the table, one for the names and one for each cell.
        rows: works the rows out from a report, the most telling first.
        rank: the higher, the earlier Markdown leaves it out where space is short: 14 to 20.
        limit: rows that Markdown shows; the others are counted.
        label: at most 13 characters at the left of its lines in a terminal, which shows ten of them
            unless nothing asks for attention; empty where a terminal does not show it.
        sides: whether two cells are the same thing before and after.
        template: of Markdown, for a section that a plain table does not serve.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Callable[[Report], Iterable[Row]]
    rank: int
    limit: int = 30
    label: str = ""
    sides: bool = False
    template: str = "rows"

    def listed(self, report: Report, limit: int) -> Listed[Row]:
        """Return at most `limit` rows of a report."""
        return Listed.of(self.rows(report), limit)
