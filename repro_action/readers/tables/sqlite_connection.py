# SPDX-License-Identifier: Apache-2.0
"""Connections to databases of SQLite that strangers wrote: nothing is allowed but to read tables."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import whole

if TYPE_CHECKING:
    import sqlite3

COPIES = 3
"""How many times its size a database takes that is read from memory."""

_HEADER = 100
_WITHOUT_ROWID = re.compile(r"\bWITHOUT\s+ROWID\b", re.IGNORECASE)
_FUNCTIONS = frozenset({"count", "min", "max", "typeof", "nullif"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableName:
    """A table of a database.

    Attributes:
        name: as it is.
        sql: what made it.
    """

    name: str
    sql: str

    def select(self, columns: Sequence[str] = (), *, ordered: bool = True) -> str:
        """Return the query of some columns, given as SQL, or of all; rows in their order.

        Raises:
            ArtifactUnreadable: it is not a table of this file.
        """
        if self.sql.upper().startswith("CREATE VIRTUAL"):
            raise ArtifactUnreadable(f"its table {self.name[:80]!r} is virtual, which is not supported")
        order = "" if not ordered or _WITHOUT_ROWID.search(self.sql) else " ORDER BY rowid"
        return f"SELECT {', '.join(columns) or '*'} FROM {quoted(self.name)}{order}"  # noqa: S608 -- quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFile:
    """A database that is read where it lies, page by page: it need not fit into memory."""

    path: Path
    context: ReadContext

    def connect(self) -> sqlite3.Connection:
        """Open it; its journal or log beside it is not looked at, and nobody is asked for a lock.

        Raises:
            ArtifactUnreadable: it is cut off.
        """
        import sqlite3

        with self.path.open("rb") as file:
            _check_pages(file.read(_HEADER), self.path.stat().st_size)
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        return _confined(sqlite3.connect(address, uri=True), self.context)


def in_memory(source: Source, context: ReadContext) -> sqlite3.Connection:
    """Open a copy in memory.

    Raises:
        ArtifactUnreadable: it is cut off, or too large.
    """
    import sqlite3

    data = bytearray(whole(source, context, copies=COPIES))
    _check_pages(bytes(data[:_HEADER]), len(data))
    # A file in WAL mode is opened as any other: what its log holds is a file of its own.
    data[18:20] = b"\1\1"
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(data))
    except (sqlite3.Error, OverflowError) as error:
        connection.close()
        raise ArtifactUnreadable(f"the database is damaged: {str(error)[:200]}") from error
    return _confined(connection, context)


def quoted(name: str) -> str:
    """Return a name of a table or column as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def as_text(data: bytes) -> str:
    """Return a text of a database; bytes that are not UTF-8 pass through."""
    return data.decode("utf-8", "surrogateescape")


def _check_pages(head: bytes, size: int) -> None:
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    # Pages at the end may be ones that no table has: their number is in the header.
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    if page < 512 or size % page or size < pages * page:
        raise ArtifactUnreadable("the database is cut off: it has fewer pages than its header says")


def _confined(connection: sqlite3.Connection, context: ReadContext) -> sqlite3.Connection:
    import sqlite3

    reading = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
    # Bytes stay bytes: a text and a blob of the same content are not the same.
    connection.text_factory = as_text
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        # No page of a file that somebody cuts off meanwhile ends this process; nothing is written.
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error as error:
        connection.close()
        raise ArtifactUnreadable(f"the database is damaged: {str(error)[:200]}") from error
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, context.limits.memory // 2)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(lambda: time.monotonic() > context.deadline, 10_000)

    def allowed(action: int, _: object, name: str | None, *__: object) -> int:
        harmless = action in reading or (action == sqlite3.SQLITE_FUNCTION and name in _FUNCTIONS)
        return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY

    connection.set_authorizer(allowed)
    return connection
