# SPDX-License-Identifier: Apache-2.0
"""SQLite: the schema, and one leaf a column of each table.

Rows come in the order of their row ids, which is that of an integer primary key or of insertion; pages,
indices and free space are the container's. A large file is read where it lies, any
other from a copy in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, name_segment, text_leaf
from repro_action.readers.protocol import FileSource, ReadContext, Source, too_large
from repro_action.readers.tables.sqlite_columns import streamed_table
from repro_action.readers.tables.sqlite_connection import COPIES, DatabaseFile, TableName, in_memory
from repro_action.readers.tracking.database import DatabaseMeaning, table_node
from repro_action.readers.tracking.mlflow_database import MLFLOW
from repro_action.readers.tracking.optuna_database import OPTUNA
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Node, Tree, branch

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
_CELL_MEMORY = 32
"""Part of the limit of memory that allows a cell of a table whose meaning is read."""
MEANINGS: tuple[DatabaseMeaning, ...] = (MLFLOW, OPTUNA)
"""Programs' databases that are read by what they mean."""


class SqliteReader:
    """Reads databases of SQLite 3."""

    name = "sqlite"
    size_limit = SizeLimit(also="cells of a table in an archive, of Optuna's or of MLflow's: {count/32}")

    def __init__(self, meanings: tuple[DatabaseMeaning, ...] = MEANINGS) -> None:
        self._meanings = meanings

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the schema and every table.

        Raises:
            ArtifactUnreadable: damaged, or beyond a limit.
        """
        import sqlite3

        if isinstance(source, FileSource) and source.size > context.limits.memory // COPIES:
            database: DatabaseFile | None = DatabaseFile(path=source.path, context=context)
        else:
            database = None
        with closing(
            database.connect() if database is not None else in_memory(source, context)
        ) as connection:
            try:
                return _database(connection, database, context, self._meanings)
            except (sqlite3.Error, OverflowError, UnicodeError) as error:
                context.check_time()
                raise ArtifactUnreadable(f"the database is damaged: {str(error)[:200]}") from error


def _database(
    connection: sqlite3.Connection,
    database: DatabaseFile | None,
    context: ReadContext,
    meanings: tuple[DatabaseMeaning, ...],
) -> Tree:
    entries = [
        (str(kind), str(name), str(sql or ""))
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master")
    ]
    if len({(kind, name) for kind, name, _ in entries}) != len(entries):
        raise ArtifactUnreadable("its schema has the same name twice")
    tables = [(name, sql) for kind, name, sql in entries if kind == "table"]
    names = {name for name, _ in tables}
    meaning = next((one for one in meanings if names >= one.tables), None)
    if meaning is not None:
        return _by_meaning(meaning, connection, tables, context)
    schema = [
        (key_segment(f"{kind} {name}"), text_leaf(sql, context))
        for kind, name, sql in entries
        if not name.startswith("sqlite_")
    ]
    children: list[tuple[str, Node]] = [(".schema", branch(schema, algorithm=context.digester.algorithm))]
    for name, sql in tables:
        if name.startswith("sqlite_stat"):
            continue
        if database is None:
            node = table_node(dict(_columns(connection, name, sql, context)), context)
        else:
            node = streamed_table(database, connection, TableName(name=name, sql=sql))
        children.append((name_segment(name), node))
    root = branch(children, type="sqlite", algorithm=context.digester.algorithm)
    return Tree(format="sqlite", root=root)


def _by_meaning(
    meaning: DatabaseMeaning,
    connection: sqlite3.Connection,
    tables: list[tuple[str, str]],
    context: ReadContext,
) -> Tree:
    columns = {
        name: dict(_columns(connection, name, sql, context))
        for name, sql in tables
        if not name.startswith("sqlite_")
    }
    children, excluded = meaning.read(columns, context)
    root = branch(children, type=meaning.format, algorithm=context.digester.algorithm)
    return Tree(format=meaning.format, root=root, excluded=tuple(excluded))


def _columns(
    connection: sqlite3.Connection, table: str, sql: str, context: ReadContext
) -> Iterator[tuple[str, list[object]]]:
    """Yield the columns of a table with their cells."""
    rows = connection.execute(TableName(name=table, sql=sql).select())
    names = [description[0] for description in rows.description]
    cells: list[list[object]] = [[] for _ in names]
    count, most = 0, context.limits.memory // _CELL_MEMORY
    for row in rows:
        count += len(row)
        if count > most:
            raise too_large(f"its table {table[:80]!r} has more cells", f"{most} cells")
        if count % 4096 < len(row):
            context.check_time()
        for place, cell in zip(cells, row, strict=True):
            place.append(cell)
    yield from zip(names, cells, strict=True)
