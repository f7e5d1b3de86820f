# SPDX-License-Identifier: Apache-2.0
r"""CSV and TSV: one leaf a column; quoting and line ends are the container's.

Separator: a tab in `.tsv`; else a comma, or, where the first line has no comma, a semicolon,
tab or bar that it has, or a space where that makes rows with numbers, all of one length.
Header: the first row is one when no cell of it is a number, all differ, and none but the first
is empty; otherwise columns are named by their index. A column is `<i8` when every cell is a
whole number in plain form; `<f8` when every cell is a number, `nan`, `inf` or empty; otherwise
an array of texts. An empty cell among numbers is a NaN whose bits differ from those of `nan`,
so the two never pass for each other. Order of rows and columns is content.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from repro_action.digest import Digest, Hasher, new_hasher
from repro_action.readers.arrays import RegionPayload
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.dtypes import TEXT
from repro_action.readers.pieces import even
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.statistics import Accumulator
from repro_action.readers.tables import csv_rows
from repro_action.readers.tables import text_columns as table_columns
from repro_action.readers.tables.cells import IrregularTable
from repro_action.readers.tables.columns import column_segment
from repro_action.readers.tables.csv_rows import RaggedTable
from repro_action.readers.tables.text_values import NUMBER, TextColumn, TextTable
from repro_action.tree import Kind, Leaf, Node, Tree, branch, leaf_header

_LINE = 1 << 20
"""Every so many bytes a line must end."""

_LOOKED_AT = 50
"""Lines after the first in which spaces are counted."""

_COLUMNS = 10_000

_KEPT = 256 << 20
"""Bytes of columns that are kept in memory while two tables are compared."""


class TableReader:
    """Reads `.csv` and `.tsv` files."""

    name = "table"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return source.name.lower().endswith((".csv", ".tsv")) and b"\0" not in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the columns; a table that is none is read as text, with the reason.

        Raises:
            ArtifactUnreadable: not even a text.
        """
        try:
            lines = _check_lines(source, context)
            try:
                columns = _regular(source, lines, context)
            except IrregularTable:
                columns = _irregular(source, context)
        except (csv.Error, UnicodeDecodeError, RaggedTable) as error:
            return read_text(source, context, f"table: {str(error)[:200]}")
        root = branch(columns, type="table", ordered=True, algorithm=context.digester.algorithm)
        usual = "\t" if source.name.lower().endswith(".tsv") else ","
        # Others, who read the file by its suffix, get one column of texts out of another separator.
        separator = _separator(source)
        named = self.name if separator == usual else f"{self.name} separated by {separator!r}"
        return Tree(format=named, root=root)


def _regular(source: Source, lines: int, context: ReadContext) -> list[tuple[str, Node]]:
    """Read columns where NumPy finds the cells: once, or twice where a column is not what it began as.

    Args:
        source: the file.
        lines: how many it has; -1 where a line can be a part of a row.
        context: digester and limits.
    """
    table = _begin(source)
    table.rows = lines - table.header if lines >= 0 else table_columns.count_rows(source, table, context)
    every = range(len(table.columns))
    first = _digest(source, table, every, context)
    again = [index for index in every if not first[index].sound(table.columns[index])]
    second = _digest(source, table, again, context) if again else {}
    return _leaves(source, table, {**first, **second})


def _irregular(source: Source, context: ReadContext) -> list[tuple[str, Node]]:
    table = _begin(source)
    table.regular = False
    csv_rows.learn(source, table, context)
    return _leaves(source, table, _digest(source, table, range(len(table.columns)), context))


def _begin(source: Source) -> TextTable:
    separator = _separator(source)
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        first = next(csv.reader(text, delimiter=separator, strict=True), None)
    if not first:
        raise RaggedTable("it has no first row")
    header = (
        len(set(first)) == len(first)
        and all(first[1:])
        and any(first)
        and not any(NUMBER.fullmatch(cell) for cell in first)
    )
    names = [column_segment(cell) for cell in first]
    segments = names if header else [f"[{index}]" for index in range(len(first))]
    if len(first) > _COLUMNS or len(set(segments)) < len(segments):
        raise RaggedTable("it has too many columns, or two with the same name")
    return TextTable(
        separator=separator, header=header, columns=[TextColumn(segment) for segment in segments]
    )


def _separator(source: Source) -> str:
    if source.name.lower().endswith(".tsv"):
        return "\t"
    with source.open() as file:
        first = file.readline(_LINE)
        later = [file.readline(_LINE >> 4) for _ in range(_LOOKED_AT)] if b" " in first else []
    if b"," in first:
        return ","
    found = next((separator for separator in ";\t|" if separator.encode() in first), "")
    return found or (" " if _spaced([first, *later]) else ",")


def _spaced(lines: Sequence[bytes]) -> bool:
    """Whether single spaces part the cells of all lines: a column of prose has them, too."""
    rows = [line.decode("utf-8-sig", "replace").rstrip("\r\n").split(" ") for line in lines if line.strip()]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2 or not all(map(all, rows)):
        return False
    numeric = [[NUMBER.fullmatch(cell) is not None for cell in row] for row in rows]
    return all(map(any, numeric[1:])) if numeric[1:] else all(numeric[0])


def _check_lines(source: Source, context: ReadContext) -> int:
    """Count the lines; -1 where a quotation mark may make several of them one row.

    Raises:
        RaggedTable: a line would not fit into memory, and csv would ask for it.
    """
    lines, quoted, last = 0, False, 10
    for chunk in RegionPayload(source, 0, source.size).chunks(_LINE):
        context.check_time()
        data = bytes(chunk)
        ends = data.count(b"\n")
        if len(chunk) == _LINE and not ends:
            raise RaggedTable(f"a line is longer than {_LINE} bytes")
        lines += ends
        quoted = quoted or b'"' in data
        last = data[-1] if data else last
    return -1 if quoted else lines + (last != 10)


@dataclass(slots=True)
class _ColumnDigest:
    """The digest and figures of one column of one dtype, which is known at its first row."""

    rows: int
    context: ReadContext
    dtype: str = ""
    hasher: Hasher | None = None
    figures: Accumulator | None = None

    def add(self, column: TextColumn, data: bytes) -> None:
        hasher = self.hasher if self.hasher is not None else self._begin(column.dtype)
        if self.dtype != column.dtype:
            # What was digested is of another dtype: it is done again.
            return
        hasher.update(data)
        if self.figures is not None:
            self.figures.add(data)

    def sound(self, column: TextColumn) -> bool:
        return self.hasher is None or self.dtype == column.dtype

    def leaf(self, column: TextColumn, payload: _ColumnPayload) -> Leaf:
        hasher = self.hasher if self.hasher is not None else self._begin(column.dtype)
        digest = Digest(self.context.digester.name, hasher.hexdigest())
        return Leaf(
            kind=Kind.ARRAY,
            digest=digest,
            dtype=self.dtype,
            shape=(self.rows,),
            stats=self.figures.finish() if self.figures is not None else None,
            payload=payload,
        )

    def _begin(self, dtype: str) -> Hasher:
        hasher = new_hasher(self.context.digester.algorithm)
        hasher.update(leaf_header(Kind.ARRAY, dtype, (self.rows,)))
        self.dtype, self.hasher = dtype, hasher
        self.figures = Accumulator(dtype) if self.context.statistics and dtype != TEXT else None
        return hasher


def _encoded(
    source: Source, table: TextTable, wanted: Sequence[int], context: ReadContext
) -> Iterator[dict[int, bytes]]:
    if table.regular:
        return table_columns.encoded(source, table, wanted, context)
    return csv_rows.encoded(source, table, list(wanted))


def _digest(
    source: Source, table: TextTable, wanted: Sequence[int], context: ReadContext
) -> dict[int, _ColumnDigest]:
    digests = {index: _ColumnDigest(table.rows, context) for index in wanted}
    for block in _encoded(source, table, wanted, context):
        context.check_time()
        for index, data in block.items():
            digests[index].add(table.columns[index], data)
    return digests


def _leaves(source: Source, table: TextTable, digests: dict[int, _ColumnDigest]) -> list[tuple[str, Node]]:
    contents = _TableContents(source, table)
    return [
        (column.segment, digests[index].leaf(column, _ColumnPayload(contents, index)))
        for index, column in enumerate(table.columns)
    ]


@dataclass(slots=True)
class _TableContents:
    """Columns while two tables are compared: parsed again, some at a time, and kept for a while."""

    source: Source
    table: TextTable
    kept: dict[int, list[bytes]] = field(default_factory=dict, repr=False)

    def column(self, index: int) -> Iterator[bytes]:
        """Yield pieces of one column, of any length."""
        if index not in self.kept:
            self.kept = {}
            wanted = self._neighbours(index)
            if not wanted:
                yield from (
                    block[index] for block in _encoded(self.source, self.table, [index], ReadContext())
                )
                return
            kept: dict[int, list[bytes]] = {each: [] for each in wanted}
            for block in _encoded(self.source, self.table, wanted, ReadContext()):
                for each, data in block.items():
                    kept[each].append(data)
            self.kept = kept
        yield from self.kept[index]

    def _neighbours(self, index: int) -> list[int]:
        """Return this column, and those behind it and ahead of it that fit with it into memory."""
        columns, room, wanted = self.table.columns, _KEPT, []
        text = 2 * self.source.size // len(columns)
        for each in (*range(index, len(columns)), *range(index)):
            room -= text if columns[each].dtype == TEXT else 8 * self.table.rows
            if room < 0:
                break
            wanted.append(each)
        return wanted


@dataclass(frozen=True, slots=True)
class _ColumnPayload:
    """One column; no table needs to fit into memory."""

    contents: _TableContents
    index: int

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the encoded cells."""
        return even(self.contents.column(self.index), size)
