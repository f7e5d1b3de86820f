# SPDX-License-Identifier: Apache-2.0
"""Tables that only `csv` can take apart: twice as many passes, and slower, cell by cell."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.tables.text_values import TextTable, encode_cells

_CELLS = 1 << 16
"""Cells that are looked at together."""


class RaggedTable(Exception):
    """The file is not a table."""


def learn(source: Source, table: TextTable, context: ReadContext) -> None:
    """Find out the dtype of every column, and count the rows.

    Raises:
        RaggedTable, csv.Error, UnicodeDecodeError: it is none.
    """
    table.rows = 0
    for rows in _rows(source, table):
        context.check_time()
        table.rows += len(rows)
        for column, cells in zip(table.columns, zip(*rows, strict=True), strict=True):
            column.look(cells)


def encoded(source: Source, table: TextTable, wanted: list[int]) -> Iterator[dict[int, bytes]]:
    """Yield some rows at a time of the columns that are wanted, by the column's index."""
    for rows in _rows(source, table):
        yield {
            index: encode_cells([row[index] for row in rows], table.columns[index].dtype) for index in wanted
        }


def _rows(source: Source, table: TextTable) -> Iterator[list[list[str]]]:
    skip = table.header
    for block in _blocks(source, table.separator, len(table.columns)):
        rows = block[1:] if skip else block
        skip = False
        if rows:
            yield rows


def _blocks(source: Source, separator: str, width: int) -> Iterator[list[list[str]]]:
    """Yield some rows at a time, each as long as the first."""
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=separator, strict=True)
        while block := list(itertools.islice(reader, max(_CELLS // width, 1))):
            lengths = set(map(len, block))
            if 0 in lengths:
                # csv gives an empty line no cell, though it is an empty one.
                block = [row or [""] for row in block]
                lengths = set(map(len, block))
            if lengths != {width}:
                odd = next(len(row) for row in block if len(row) != width)
                raise RaggedTable(f"a row has {odd} cells where the first has {width}")
            yield block
