# SPDX-License-Identifier: Apache-2.0
"""SQLite: the schema, and one leaf a column of each table.

Rows come in the order of their row ids, which is that of an integer primary key or of insertion; pages,
indices and free space are the container's. The file is read from a copy in memory, where nothing is allowed
but to read tables.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, name_segment, text_leaf
from repro_action.readers.cursor import whole
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.tracking.database import DatabaseMeaning, table_node
from repro_action.readers.tracking.mlflow_database import MLFLOW
from repro_action.readers.tracking.optuna_database import OPTUNA
from repro_action.tree import Node, Tree, branch

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
_CELLS = 4_000_000
MEANINGS: tuple[DatabaseMeaning, ...] = (MLFLOW, OPTUNA)
"""Programs' databases that are read by what they mean."""
_WITHOUT_ROWID = re.compile(r"\bWITHOUT\s+ROWID\b", re.IGNORECASE)


class SqliteReader:
    """Reads databases of SQLite 3."""

    name = "sqlite"

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

        data = bytearray(whole(source, context, copies=3))
        page = int.from_bytes(data[16:18], "big")
        page = 65536 if page == 1 else page
        # Pages at the end may be ones that no table has: their number is in the header.
        pages = int.from_bytes(data[28:32], "big") if data[24:28] == data[92:96] else 0
        if page < 512 or len(data) % page or len(data) < pages * page:
            raise ArtifactUnreadable("the database is cut off: it has fewer pages than its header says")
        # A file in WAL mode is opened as any other: what its log holds is a file of its own.
        data[18:20] = b"\1\1"
        with closing(sqlite3.connect(":memory:")) as connection:
            try:
                connection.deserialize(bytes(data))
                _confine(connection, context)
                return _database(connection, context)
            except (sqlite3.Error, OverflowError, UnicodeError) as error:
                raise ArtifactUnreadable(f"the database is damaged: {str(error)[:200]}") from error


def _confine(connection: sqlite3.Connection, context: ReadContext) -> None:
    import sqlite3

    reading = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
    # Bytes stay bytes: a text and a blob of the same content are not the same.
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, context.limits.memory // 2)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(lambda: time.monotonic() > context.deadline, 10_000)

    def allowed(action: int, *_: object) -> int:
        return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY

    connection.set_authorizer(allowed)


def _database(connection: sqlite3.Connection, context: ReadContext) -> Tree:
    entries = [
        (str(kind), str(name), str(sql or ""))
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master")
    ]
    if len({(kind, name) for kind, name, _ in entries}) != len(entries):
        raise ArtifactUnreadable("its schema has the same name twice")
    tables = [(name, sql) for kind, name, sql in entries if kind == "table"]
    names = {name for name, _ in tables}
    meaning = next((one for one in MEANINGS if names >= one.tables), None)
    if meaning is not None:
        return _meant(meaning, connection, tables, context)
    schema = [
        (key_segment(f"{kind} {name}"), text_leaf(sql, context))
        for kind, name, sql in entries
        if not name.startswith("sqlite_")
    ]
    children: list[tuple[str, Node]] = [(".schema", branch(schema, algorithm=context.digester.algorithm))]
    for name, sql in tables:
        if name.startswith("sqlite_stat"):
            continue
        children.append(
            (name_segment(name), table_node(dict(_columns(connection, name, sql, context)), context))
        )
    root = branch(children, type="sqlite", algorithm=context.digester.algorithm)
    return Tree(format="sqlite", root=root)


def _meant(
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
    if sql.upper().startswith("CREATE VIRTUAL"):
        raise ArtifactUnreadable(f"its table {table[:80]!r} is a virtual one, which is not read")
    quoted = '"' + table.replace('"', '""') + '"'
    order = "" if _WITHOUT_ROWID.search(sql) else " ORDER BY rowid"
    rows = connection.execute(f"SELECT * FROM {quoted}{order}")  # noqa: S608 -- the name is quoted
    names = [description[0] for description in rows.description]
    cells: list[list[object]] = [[] for _ in names]
    count = 0
    for row in rows:
        count += len(row)
        if count > _CELLS:
            raise ArtifactUnreadable(f"its table {table[:80]!r} has more than {_CELLS} cells")
        if count % 4096 < len(row):
            context.check_time()
        for place, cell in zip(cells, row, strict=True):
            place.append(cell)
    yield from zip(names, cells, strict=True)
