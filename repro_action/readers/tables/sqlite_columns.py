# SPDX-License-Identifier: Apache-2.0
"""Columns of a large database of SQLite, some rows at a time: the same leaves as from memory.

What a column holds is asked of SQLite first. Then numbers and texts are digested in one pass over the table;
columns of blobs or of several types, which are a leaf a cell, in one pass each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from repro_action.digest import Digest, Hasher, new_hasher
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, also_covering, name_segment, null_leaf, text_line
from repro_action.readers.dtypes import TEXT, is_numeric
from repro_action.readers.list_arrays import sizes_fit
from repro_action.readers.pieces import even
from repro_action.readers.plain_values import ValueBuilder
from repro_action.readers.protocol import ReadContext
from repro_action.readers.statistics import Accumulator
from repro_action.readers.tables.columns import column
from repro_action.readers.tables.sqlite_connection import DatabaseFile, TableName, as_text, quoted
from repro_action.tree import Kind, Leaf, Node, branch, leaf_header

if TYPE_CHECKING:
    import sqlite3

_ROWS = 4096
"""Rows that are in memory at a time."""
_ROOM = 8 << 20
"""Bytes of texts and blobs that are in memory at a time, unless a cell is larger."""
_QUERIED = 200
"""Columns that one query asks about."""
_SMALL = 256
"""Bytes of a cell that stay in memory."""
_BOOLEAN = "|b1"
_DTYPES = {("integer", "integer"): "<i8", ("real", "real"): "<f8", ("integer", "real"): "<f8"}

Cells = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """What SQLite says of a column.

    Attributes:
        database, table: where it is.
        name: its own.
        rows: how many cells it has.
        missing: whether some of them are null.
        types: the first and last by name of those that are not; none where all are null.
    """

    database: DatabaseFile
    table: TableName
    name: str
    rows: int
    missing: bool
    types: tuple[str, str] | None

    @property
    def dtype(self) -> str:
        """Of the array that it is; empty where it is a leaf a cell."""
        if self.types == ("text", "text"):
            return TEXT
        mixed = self.types == ("integer", "real")
        return "" if self.types is None or (mixed and self.missing) else _DTYPES.get(self.types, "")

    def encode(self, cells: Cells) -> bytes:
        """Return cells as they are digested; texts come as bytes.

        Raises:
            _Wide: a whole number among reals is not exact as one.
        """
        import numpy as np

        if self.dtype == TEXT:
            return _texts([b"" if cell is None else cell for cell in cells] if self.missing else cells)
        if self.types == ("integer", "real") and not sizes_fit(list(cells)):
            raise _Wide
        return np.array(
            [0 if cell is None else cell for cell in cells] if self.missing else cells, self.dtype
        ).tobytes()


class _Wide(Exception):
    """The column is a leaf a cell."""


def streamed_table(database: DatabaseFile, connection: sqlite3.Connection, table: TableName) -> Node:
    """Return a table whose cells are not kept.

    Raises:
        ArtifactUnreadable: it is beyond a limit, or not read.
        sqlite3.Error: it is damaged.
    """
    columns = _columns(database, connection, table)
    arrays = [_ArrayDigest(one) for one in columns if one.dtype and one.rows]
    connection.text_factory = bytes
    names = [one.column.name for one in arrays]
    for batch in _batches(connection, table, names, database.context) if arrays else ():
        for one, cells in zip(arrays, batch, strict=True):
            one.add(cells)
    connection.text_factory = as_text
    nodes = {one.column.name: one.node() for one in arrays if not one.wide}
    context = database.context
    return branch(
        [
            (name_segment(one.name), nodes.get(one.name) or _listed(one, connection, context))
            for one in columns
        ],
        type="table",
        ordered=True,
        algorithm=context.digester.algorithm,
    )


def _columns(database: DatabaseFile, connection: sqlite3.Connection, table: TableName) -> list[_Column]:
    names = [entry[0] for entry in connection.execute(table.select() + " LIMIT 0").description]
    found: list[_Column] = []
    for start in range(0, len(names), _QUERIED):
        wanted, expressions = names[start : start + _QUERIED], ["count(*)"]
        for name in map(quoted, wanted):
            kind = f"nullif(typeof({name}), 'null')"
            expressions += [f"count({name})", f"min({kind})", f"max({kind})"]
        rows, *answers = next(connection.execute(table.select(expressions, ordered=False)))
        for at, name in enumerate(wanted):
            count, low, high = answers[3 * at : 3 * at + 3]
            types = (low, high) if count else None
            found.append(
                _Column(
                    database=database, table=table, name=name, rows=rows, missing=count < rows, types=types
                )
            )
    return found


def _batches(
    connection: sqlite3.Connection, table: TableName, names: Sequence[str], context: ReadContext
) -> Iterator[list[Cells]]:
    """Yield the cells of some rows at a time, column by column; fewer rows where cells are long."""
    cursor = connection.execute(table.select([*map(quoted, names)]))
    most = 1
    while batch := cursor.fetchmany(most):
        context.check_time()
        columns: list[Cells] = [*zip(*batch, strict=True)]
        length = sum(_length(cells) for cells in columns)
        most = min(_ROWS, 4 * most, max(_ROOM * len(batch) // max(length, 1), 1))
        yield columns


def _length(cells: Cells) -> int:
    if {*map(type, cells)}.isdisjoint((str, bytes)):
        return 0
    return sum(len(cell) for cell in cells if isinstance(cell, str | bytes))


def _texts(cells: Sequence[bytes]) -> bytes:
    """Return texts a line each."""
    joined = b"\n".join(cells)
    plain = b"\\" not in joined and joined.count(b"\n") == len(cells) - 1
    try:
        joined.decode()
    except UnicodeDecodeError:
        plain = False
    return joined + b"\n" if plain else b"".join(text_line(as_text(cell)) for cell in cells)


@dataclass(slots=True)
class _ArrayDigest:
    """A column while its cells pass by."""

    column: _Column
    wide: bool = False
    whole: bytearray = field(default_factory=bytearray)
    values: _Leaf = field(init=False)
    valid: _Leaf = field(init=False)

    def __post_init__(self) -> None:
        context = self.column.database.context
        self.values = _Leaf(self.column.dtype, self.column.rows, context)
        self.valid = _Leaf(_BOOLEAN, self.column.rows, context)

    def add(self, cells: Cells) -> None:
        """Take the cells of some rows."""
        if self.wide:
            return
        try:
            self.values.add(self.column.encode(cells))
        except _Wide:
            self.wide = True
        if self.column.missing:
            self.valid.add(_validity(cells))
        if self.column.types == ("integer", "real"):
            self.whole += bytes(type(cell) is int for cell in cells)

    def node(self) -> Node:
        """Return the column."""
        context = self.column.database.context
        values = self.values.leaf(_ArrayPayload(self.column))
        if self.whole:
            # `1` and `1.0` are not the same value.
            values = also_covering(values, bytes(self.whole), context)
        if not self.column.missing:
            return values
        valid = self.valid.leaf(_ArrayPayload(self.column, valid=True))
        return branch([(".values", values), (".valid", valid)], algorithm=context.digester.algorithm)


def _validity(cells: Cells) -> bytes:
    return bytes(cell is not None for cell in cells)


class _Leaf:
    """The digest and figures of an array."""

    def __init__(self, dtype: str, rows: int, context: ReadContext) -> None:
        self.dtype, self.rows, self.name = dtype, rows, context.digester.name
        self.hasher: Hasher = new_hasher(context.digester.algorithm)
        self.hasher.update(leaf_header(Kind.ARRAY, dtype, (rows,)))
        self.figures = Accumulator(dtype) if context.statistics and is_numeric(dtype) else None

    def add(self, data: bytes) -> None:
        self.hasher.update(data)
        if self.figures is not None:
            self.figures.add(data)

    def leaf(self, payload: _ArrayPayload) -> Leaf:
        return Leaf(
            kind=Kind.ARRAY,
            digest=Digest(self.name, self.hasher.hexdigest()),
            dtype=self.dtype,
            shape=(self.rows,),
            stats=self.figures.finish() if self.figures is not None else None,
            payload=payload,
        )


@dataclass(frozen=True, slots=True)
class _ArrayPayload:
    """The cells of a column that is an array, or which of them there are; read again each time."""

    column: _Column
    valid: bool = False

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the content; see `repro_action.tree.Payload`."""
        return even(self._encoded(), size)

    def _encoded(self) -> Iterator[bytes]:
        with closing(_again(self.column).connect()) as connection:
            connection.text_factory = bytes
            context = self.column.database.context.again()
            for (cells,) in _batches(connection, self.column.table, [self.column.name], context):
                yield _validity(cells) if self.valid else self.column.encode(cells)


@dataclass(frozen=True, slots=True)
class _CellPayload:
    """One cell that is a text or blob; read again each time."""

    column: _Column
    row: int

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the content; see `repro_action.tree.Payload`.

        Raises:
            ArtifactUnreadable: the file changed.
        """
        query = self.column.table.select([quoted(self.column.name)]) + f" LIMIT 1 OFFSET {self.row}"
        with closing(_again(self.column).connect()) as connection:
            found = next(connection.execute(query), (None,))[0]
        if not isinstance(found, str | bytes):
            raise ArtifactUnreadable("the file changed after it was read")
        content = found if isinstance(found, bytes) else found.encode("utf-8", "surrogatepass")
        yield from BytesPayload(content).chunks(size)


def _again(one: _Column) -> DatabaseFile:
    return replace(one.database, context=one.database.context.again())


def _listed(one: _Column, connection: sqlite3.Connection, context: ReadContext) -> Node:
    """Return a column as a leaf a cell; see `repro_action.readers.tables.columns`."""
    if not one.rows:
        return column([], context)
    algorithm, builder, nothing = context.digester.algorithm, ValueBuilder(context), null_leaf(context)
    blobs = one.missing and one.types == ("blob", "blob")
    valid = _Leaf(_BOOLEAN, one.rows, context)
    children: list[tuple[str, Node]] = []
    for (cells,) in _batches(connection, one.table, [one.name], context):
        valid.add(_validity(cells))
        for cell in cells:
            node = builder.node(b"" if blobs and cell is None else cell, 1)
            if cell is None and not blobs:
                node = nothing
            elif isinstance(cell, str | bytes) and len(cell) > _SMALL and isinstance(node, Leaf):
                node = replace(node, payload=_CellPayload(one, len(children)))
            children.append((f"[{len(children)}]", node))
    values = branch(children, algorithm=algorithm)
    if not blobs:
        return values
    there = valid.leaf(_ArrayPayload(one, valid=True))
    return branch([(".values", values), (".valid", there)], algorithm=algorithm)
