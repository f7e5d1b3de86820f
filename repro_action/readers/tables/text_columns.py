# SPDX-License-Identifier: Apache-2.0
"""Cells that NumPy found as the bytes of their columns; what a column is, is learned on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.readers.arrays import text_line
from repro_action.readers.dtypes import TEXT
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.tables.cells import Grid, IrregularTable, grids
from repro_action.readers.tables.decimals import Decimals, quotients, read_decimals
from repro_action.readers.tables.text_values import (
    FLOAT_DIGITS,
    TextColumn,
    TextTable,
    are_floats,
    encode_cells,
    float_cells,
)

if TYPE_CHECKING:
    import numpy as np

_ODD = 8
"""Where more than one cell in so many is of no plain form, the whole piece of the column is read as texts."""


def encoded(
    source: Source, table: TextTable, wanted: Sequence[int], context: ReadContext
) -> Iterator[dict[int, bytes]]:
    """Yield some rows at a time of the columns that are wanted, by the column's index.

    What a column is, is corrected on the way: then what was yielded of it before does not count.

    Args:
        source: of the table.
        table: what is known of it; its columns are corrected in place.
        wanted: indices of columns.
        context: limits.

    Raises:
        IrregularTable: it is for `csv` to read.
    """
    seen, indices = 0, list(wanted)
    for grid in _bodies(source, table, context):
        block = _Block(grid)
        seen += grid.starts.shape[1]
        yield block.encode(table.columns, indices)
    if seen != table.rows:
        raise IrregularTable("the number of its rows does not match its lines")


def count_rows(source: Source, table: TextTable, context: ReadContext) -> int:
    """Count the rows below the header, where lines do not tell.

    Raises:
        IrregularTable: it is for `csv` to read.
    """
    return sum(grid.starts.shape[1] for grid in _bodies(source, table, context))


def _bodies(source: Source, table: TextTable, context: ReadContext) -> Iterator[Grid]:
    skip = int(table.header)
    for grid in grids(source, table.separator, len(table.columns), context):
        context.check_time()
        kept = grid.without_rows(skip)
        skip = 0
        if kept.starts.shape[1]:
            yield kept


@dataclass(slots=True)
class _Block:
    grid: Grid

    def encode(self, columns: Sequence[TextColumn], wanted: list[int]) -> dict[int, bytes]:
        done: dict[int, bytes] = {}
        # Columns of one kind together: cells with a point are read in fewer steps when all have one.
        for dtype in ("<i8", "<f8"):
            numeric = [index for index in wanted if index not in done and columns[index].dtype == dtype]
            if numeric:
                done |= self._numbers(columns, numeric)
        return {
            index: done[index] if columns[index].dtype != TEXT else self._texts(index) for index in wanted
        }

    def _numbers(self, columns: Sequence[TextColumn], numeric: list[int]) -> dict[int, bytes]:
        grid = self.grid
        # All columns, but only in their own order: what is asked for begins with any of them.
        chosen = slice(None) if numeric == list(range(len(grid.starts))) else numeric
        places = [part[chosen].reshape(-1) for part in (grid.starts, grid.ends, grid.points)]
        found = read_decimals(grid.data, *places)
        rows = grid.starts.shape[1]
        done: dict[int, bytes] = {}
        for place, index in enumerate(numeric):
            data = self._number(columns[index], index, found.part(slice(place * rows, (place + 1) * rows)))
            if data is not None:
                done[index] = data
        return done

    def _number(self, column: TextColumn, index: int, found: Decimals) -> bytes | None:
        """Return the bytes of a column of numbers; None where it is one of texts from here on."""
        import numpy as np

        odd = np.flatnonzero(~found.plain)
        if len(odd) * _ODD > len(found.plain):
            cells = self._cells(index)
            column.look(cells)
            return encode_cells(cells, column.dtype) if column.dtype != TEXT else None
        texts = [self.grid.text(index, row) for row in odd.tolist()]
        column.whole = column.whole and not texts and bool((found.whole > 0).all())
        column.real = (
            column.real and bool((found.whole[found.plain] <= FLOAT_DIGITS).all()) and are_floats(texts)
        )
        if column.whole:
            signed = found.digits.astype("<i8")
            return np.where(found.negative, -signed, signed).tobytes()
        return self._floats(index, found, odd, texts) if column.real else None

    def _floats(self, index: int, found: Decimals, odd: np.ndarray, texts: list[str]) -> bytes:
        import numpy as np

        values, unsure = quotients(found)
        if texts:
            values[odd] = np.frombuffer(float_cells(texts), "<f8")
        unsure &= found.plain
        for row in np.flatnonzero(unsure).tolist():
            values[row] = float(self.grid.text(index, row))
        return values.astype("<f8", copy=False).tobytes()

    def _cells(self, index: int) -> list[str]:
        rows = self.grid.starts.shape[1]
        cells = self.grid.joined(index).decode().split("\n")[:-1]
        return cells if len(cells) == rows else [self.grid.text(index, row) for row in range(rows)]

    def _texts(self, index: int) -> bytes:
        joined = self.grid.joined(index)
        if b"\\" not in joined and joined.count(b"\n") == self.grid.starts.shape[1]:
            return joined
        return b"".join(map(text_line, self._cells(index)))
