# SPDX-License-Identifier: Apache-2.0
r"""CSV and TSV: one leaf a column; quoting and line ends are the container's.

Separator: a tab in `.tsv`; else a comma, or a semicolon where the first line has one and
no comma. Header: the first row is one when no cell of it is a number, all differ, and none
but the first is empty; otherwise columns are named by their index. A column is `<i8` when
every cell is a whole number in plain form; `<f8` when every cell is a number, `nan`, `inf`
or empty; otherwise an array of texts. An empty cell among numbers is a NaN whose bits
differ from those of `nan`, so the two never pass for each other. Order of rows and columns
is content.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repro_action.digest import Digest, new_hasher
from repro_action.readers.arrays import RegionPayload, name_segment, text_line
from repro_action.readers.dtypes import TEXT
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.statistics import Accumulator
from repro_action.readers.text_file import read_text
from repro_action.tree import Kind, Leaf, Node, Tree, branch, leaf_header

_LINE = 1 << 20
"""Every so many bytes a line must end."""

_CELLS = 1 << 16
"""Cells that are looked at together."""

_COLUMNS = 10_000

# Fifteen digits and no leading zero: identifiers such as 007 stay texts.
_WHOLE = r"-?(?:0|[1-9][0-9]{0,%d})"
_REAL = r"[-+]?(?:[0-9]*\.[0-9]+|[0-9]+\.|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?|[-+]?(?:nan|inf|NaN|Inf)"
_INTEGERS = re.compile(rf"(?:{_WHOLE % 17}\n)*+")
_FLOATS = re.compile(rf"(?:(?:{_REAL}|{_WHOLE % 14})?\n)*+")
_NUMBER = re.compile(rf"{_REAL}|{_WHOLE % 17}")
_MISSING = 0x7FF8_0000_0000_07A2
"""Bits of the NaN that stands for an empty cell; Python and NumPy make 0x7FF8_0000_0000_0000."""


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
            table = _survey(source, context)
            columns = _Columns(source, table, context).read()
        except (csv.Error, UnicodeDecodeError, _Ragged) as error:
            return read_text(source, context, f"table: {str(error)[:200]}")
        root = branch(columns, type="table", ordered=True, algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root)


class _Ragged(Exception):  # never leaves this module
    """The file is not a table."""


@dataclass(slots=True)
class _Column:
    """What the first pass learns of a column: what its cells can be."""

    segment: str
    whole: bool = True
    real: bool = True

    @property
    def dtype(self) -> str:
        return "<i8" if self.whole else "<f8" if self.real else TEXT

    def look(self, cells: Sequence[str]) -> None:
        if not self.whole and not self.real:
            return
        joined = "\n".join(cells) + "\n"
        plain = joined.count("\n") == len(cells)
        self.whole = self.whole and plain and _INTEGERS.fullmatch(joined) is not None
        self.real = self.real and plain and _FLOATS.fullmatch(joined) is not None


@dataclass(slots=True)
class _TextTable:
    """What the first pass learns; `rows` are counted without the header."""

    separator: str
    header: bool
    columns: list[_Column]
    rows: int = 0


def _survey(source: Source, context: ReadContext) -> _TextTable:
    _check_lines(source, context)
    table = _begin(source)
    for rows in _rows(source, table):
        context.check_time()
        table.rows += len(rows)
        for column, cells in zip(table.columns, zip(*rows, strict=True), strict=True):
            column.look(cells)
    return table


def _begin(source: Source) -> _TextTable:
    separator = _separator(source)
    with source.open() as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        first = next(csv.reader(text, delimiter=separator, strict=True), None)
    if not first:
        raise _Ragged("it has no first row")
    header = (
        len(set(first)) == len(first)
        and all(first[1:])
        and any(first)
        and not any(_NUMBER.fullmatch(cell) for cell in first)
    )
    names = [name_segment(cell or "(unnamed)") for cell in first]
    segments = names if header else [f"[{index}]" for index in range(len(first))]
    if len(first) > _COLUMNS or len(set(segments)) < len(segments):
        raise _Ragged("it has too many columns, or two with the same name")
    return _TextTable(separator=separator, header=header, columns=[_Column(segment) for segment in segments])


def _separator(source: Source) -> str:
    if source.name.lower().endswith(".tsv"):
        return "\t"
    with source.open() as file:
        first = file.readline(_LINE)
    return ";" if b";" in first and b"," not in first else ","


def _blocks(source: Source, table: tuple[str, int]) -> Iterator[list[list[str]]]:
    """Yield some rows at a time, each as long as the first.

    Args:
        source: the file.
        table: the separator, and the number of columns.
    """
    separator, width = table
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
                raise _Ragged(f"a row has {odd} cells where the first has {width}")
            yield block


def _check_lines(source: Source, context: ReadContext) -> None:
    """Refuse lines that would not fit into memory, before csv asks for them."""
    for chunk in RegionPayload(source, 0, source.size).chunks(_LINE):
        context.check_time()
        if len(chunk) == _LINE and b"\n" not in bytes(chunk):
            raise _Ragged(f"a line is longer than {_LINE} bytes")


def _rows(source: Source, table: _TextTable) -> Iterator[list[list[str]]]:
    skip = table.header
    for block in _blocks(source, (table.separator, len(table.columns))):
        rows = block[1:] if skip else block
        skip = False
        if rows:
            yield rows


def _encode(cells: Sequence[str], dtype: str) -> bytes:
    import numpy as np

    match dtype:
        case "<i8":
            return np.array([int(cell) for cell in cells], "<i8").tobytes()
        case "<f8":
            values = np.array([float(cell) if cell else 0.0 for cell in cells], "<f8")
            empty = [index for index, cell in enumerate(cells) if not cell]
            values.view("<u8")[empty] = _MISSING
            return values.tobytes()
        case _:
            return b"".join(map(text_line, cells))


@dataclass(slots=True)
class _Columns:
    """The second pass, which digests every column at once."""

    source: Source
    table: _TextTable
    context: ReadContext

    def read(self) -> list[tuple[str, Node]]:
        columns, shape = self.table.columns, (self.table.rows,)
        digester = self.context.digester
        hashers = [new_hasher(digester.algorithm) for _ in columns]
        figures = [
            Accumulator(column.dtype) if self.context.statistics and column.dtype != TEXT else None
            for column in columns
        ]
        for hasher, column in zip(hashers, columns, strict=True):
            hasher.update(leaf_header(Kind.ARRAY, column.dtype, shape))
        for rows in _rows(self.source, self.table):
            self.context.check_time()
            for index, cells in enumerate(zip(*rows, strict=True)):
                data = _encode(cells, columns[index].dtype)
                hashers[index].update(data)
                accumulator = figures[index]
                if accumulator is not None:
                    accumulator.add(data)
        return [
            (
                column.segment,
                Leaf(
                    kind=Kind.ARRAY,
                    digest=Digest(digester.name, hashers[index].hexdigest()),
                    dtype=column.dtype,
                    shape=shape,
                    stats=accumulator.finish() if accumulator is not None else None,
                    payload=_ColumnPayload(self.source, self.table, index),
                ),
            )
            for index, (column, accumulator) in enumerate(zip(columns, figures, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class _ColumnPayload:
    """One column, parsed again each time, so that no table needs to fit into memory."""

    source: Source
    table: _TextTable
    index: int

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the encoded cells."""
        dtype = self.table.columns[self.index].dtype
        rest = b""
        for rows in _rows(self.source, self.table):
            rest += _encode([row[self.index] for row in rows], dtype)
            while len(rest) >= size:
                yield rest[:size]
                rest = rest[size:]
        if rest:
            yield rest
