# SPDX-License-Identifier: Apache-2.0
"""Why bytes differ whose leaves agree: what the project writes there, and the line that ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from repro_action.compare.difference import Difference, ProductState
from repro_action.findings.writers import AccidentalWriter, writers_of
from repro_action.pyanalysis.accesses import Access
from repro_action.report.model import Notice
from repro_action.text import few

MAX_NOTES = 10

Lines = Callable[[], Mapping[str, Access]]
"""Returns the line of source that writes each file; asked only where one is wanted."""


@dataclass(slots=True)
class _Note:
    """Artifacts of which one thing is said.

    Attributes:
        paths: of the artifacts.
        where: the line that writes the first of them; empty where the source does not say it.
    """

    where: str
    paths: list[str] = field(default_factory=list)


def accidental_bytes(difference: Difference, lines: Lines, *, unnamed: str = "") -> tuple[Notice, ...]:
    """Return a note for each writer that made the bytes of artifacts differ whose leaves agree.

    Args:
        difference: between two runs.
        lines: knows which line of the project writes what.
        unnamed: what a product without a path is called.
    """
    notes: dict[tuple[AccidentalWriter, ...], _Note] = {}
    sources: Mapping[str, Access] | None = None
    for product in difference.products:
        if product.state is not ProductState.BYTES_ONLY or product.after is None:
            continue
        rows = writers_of(product.after.format, product.after.left_out())
        if not rows:
            continue
        sources = lines() if sources is None else sources
        writer = sources.get(product.path)
        place = f"{writer.module}:{writer.line}" if writer is not None else ""
        note = notes.setdefault(_chosen(rows, writer), _Note(where=place))
        note.paths.append(product.path or unnamed)
    return tuple(_notice(rows, note) for rows, note in [*notes.items()][:MAX_NOTES])


def _chosen(rows: Sequence[AccidentalWriter], writer: Access | None) -> tuple[AccidentalWriter, ...]:
    """Return the rows of one library: the one whose call the line is, else the first."""
    called = [row for row in rows if writer is not None and writer.call in row.calls]
    first = (called or rows)[0]
    return tuple(row for row in rows if row.library == first.library)


def _notice(rows: Sequence[AccidentalWriter], note: _Note) -> Notice:
    names = few(note.paths)
    remedies = [f"`{row.line}`" for row in rows if row.line]
    prose = [row.prose for row in rows if row.prose]
    accidental = " and ".join(row.what for row in rows)
    return Notice(
        what=f"only bytes of {names} differ: {rows[0].library} writes {accidental}",
        why="All that is compared agrees.",
        remedy=" ".join([" and ".join(remedies) + "." if remedies else "", *prose]).strip(),
        where=note.where,
    )
