# SPDX-License-Identifier: Apache-2.0
"""Digests of files that have not changed since they were read; losing it costs time, never truth.

One row a file, or a folder with all its files, in `.repro/cache/stat.sqlite`. Each row
carries a check over its own content, so damage that SQLite does not see is seen here; a
damaged or foreign file is thrown away and made anew. A writer that is killed leaves the
old rows or the new ones. If the file cannot be used at all, everything is read again.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from repro_action.digest import new_hasher

if TYPE_CHECKING:
    import sqlite3

LIMIT = 1 << 30
"""Bytes; a larger file is thrown away."""

FLUSH = 1000
"""Rows that wait in memory to be written together."""

_VERSION = 2
_SCHEMA = (
    "CREATE TABLE digests(path BLOB, algorithm TEXT, role TEXT, signature BLOB, value TEXT, "
    "rowcheck BLOB, filescheck BLOB, files BLOB, PRIMARY KEY(path, algorithm, role))"
)
_HEAD = "SELECT signature, value, filescheck, rowcheck FROM digests WHERE path=? AND algorithm=? AND role=?"
_FILES = "SELECT files FROM digests WHERE path=? AND algorithm=? AND role=?"
_PUT = "INSERT OR REPLACE INTO digests VALUES(?,?,?,?,?,?,?,?)"

_Key = tuple[bytes, str, str]
_Row = tuple[bytes, str, bytes]
"""signature, value, check of the files."""

Files = dict[bytes, tuple[bytes, str]]
"""Path relative to the folder → (signature, digest's digits); an empty signature is never trusted."""


class _Damaged(Exception):
    """The file is not what this module wrote."""


class StatCache:
    """The cache of one project; a context manager that writes what it learnt at its end."""

    def __init__(self, file: Path, *, root: Path) -> None:
        """Open the cache, or make it.

        Args:
            file: `.repro/cache/stat.sqlite`.
            root: the project; paths inside it are kept relative to it, so they survive its move.
        """
        self._file = file
        self._prefix = _absolute(os.fsencode(root)) + b"/"
        self._pending: dict[_Key, tuple[bytes, str, bytes]] = {}
        self._database: sqlite3.Connection | None = None
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is pending and let go of the file."""
        self.flush()
        if self._database is not None:
            self._database.close()
            self._database = None

    def file(self, path: bytes, algorithm: str) -> tuple[bytes, str] | None:
        """Return the signature and the digest's digits that a file had when it was last read."""
        row = self._head(self._key(path, algorithm, "file"))
        return None if row is None else row[:2]

    def keep_file(self, path: bytes, algorithm: str, signature: bytes, value: str) -> None:
        """Remember a file that was read while its signature was settled.

        Args:
            path: of the file, in the bytes of the file system.
            algorithm: of the digest.
            signature: of the file, when it was read.
            value: digits of the digest.
        """
        self._put(self._key(path, algorithm, "file"), signature, value, b"")

    def folder(self, path: bytes, algorithm: str, *, role: str = "last") -> tuple[bytes, str] | None:
        """Return the signature of a folder's listing and the digest that it had.

        Args:
            path: the folder.
            algorithm: the folder's algorithm, such as `tree1-blake3`.
            role: `last`, or `pinned` for the state that matched its pin.
        """
        row = self._head(self._key(path, algorithm, role))
        return None if row is None else row[:2]

    def files(self, path: bytes, algorithm: str, *, role: str = "last") -> Files:
        """Return what is known about the files of a folder, in one query."""
        key = self._key(path, algorithm, role)
        pending = self._pending.get(key)
        blob = pending[2] if pending is not None else self._blob(key)
        parts = blob.split(b"\0")
        names, signatures, values = parts[0:-1:3], parts[1::3], parts[2::3]
        texts = b"\n".join(values).decode("ascii").split("\n")
        return dict(zip(names, zip(signatures, texts, strict=True), strict=True)) if names else {}

    def keep_folder(
        self, path: bytes, algorithm: str, signature: bytes, value: str, files: Files, *, role: str = "last"
    ) -> None:
        """Remember a folder; `signature` is empty where a file in it was not settled.

        Args:
            path: of the folder, in the bytes of the file system.
            algorithm: of the digest.
            signature: of the listing of the folder.
            value: digits of the digest.
            files: path inside the folder → signature, empty where it was not settled, and digits.
            role: keeps several records of one folder apart.
        """
        parts: list[bytes] = []
        for name, (file_signature, digits) in files.items():
            parts += (name, file_signature, digits.encode("ascii"))
        blob = b"\0".join((*parts, b"")) if parts else b""
        self._put(self._key(path, algorithm, role), signature, value, blob)
        self.flush()

    def flush(self) -> None:
        """Write what is pending; what cannot be written is forgotten."""
        rows, self._pending = self._pending, {}
        if not rows or self._database is None:
            return
        import sqlite3

        full = []
        for key, (signature, value, blob) in rows.items():
            files = _check(blob)
            full.append((*key, signature, value, _row_check(key, (signature, value, files)), files, blob))
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany(_PUT, full)
        except sqlite3.OperationalError:
            return  # Locked by another run, read-only, or no space left.
        except sqlite3.DatabaseError:
            self._remake()

    def _key(self, path: bytes, algorithm: str, role: str) -> _Key:
        return _absolute(path).removeprefix(self._prefix), algorithm, role

    def _put(self, key: _Key, signature: bytes, value: str, blob: bytes) -> None:
        self._pending[key] = (signature, value, blob)
        if len(self._pending) >= FLUSH:
            self.flush()

    def _head(self, key: _Key) -> _Row | None:
        pending = self._pending.get(key)
        if pending is not None:
            return pending[0], pending[1], b""
        found = self._query(_HEAD, key)
        match found:
            case None:
                return None
            case (bytes() as signature, str() as value, bytes() as files, bytes() as check):
                if _row_check(key, (signature, value, files)) == check:
                    return signature, value, files
        self._remake()
        return None

    def _blob(self, key: _Key) -> bytes:
        head = self._head(key)
        found = None if head is None else self._query(_FILES, key)
        if head is None or found is None:
            return b""
        if isinstance(found[0], bytes) and _check(found[0]) == head[2]:
            return found[0]
        self._remake()
        return b""

    def _query(self, query: str, key: _Key) -> tuple[object, ...] | None:
        if self._database is None:
            return None
        import sqlite3

        try:
            row: tuple[object, ...] | None = self._database.execute(query, key).fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            self._remake()
            return None
        return row

    def _remake(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        _throw_away(self._file)
        self._open(again=False)

    def _open(self, *, again: bool = True) -> None:
        import sqlite3

        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # NOTE: a link here could have come with a pull request; writing must stay in place.
            if self._file.is_symlink() or (self._file.exists() and self._file.stat().st_size > LIMIT):
                _throw_away(self._file)
            self._database = _connect(self._file)
        except (sqlite3.OperationalError, OSError):
            self._database = None
        except (_Damaged, sqlite3.DatabaseError):
            self._database = None
            if again:
                _throw_away(self._file)
                self._open(again=False)


def _connect(file: Path) -> sqlite3.Connection:
    import sqlite3

    database = sqlite3.connect(file, timeout=2.0, isolation_level=None)
    try:
        # A power cut may damage the file without syncs; the checks in the rows find that out.
        database.execute("PRAGMA synchronous=OFF")
        # The schema of a foreign file may name functions; none is run before it is known as ours.
        database.execute("PRAGMA trusted_schema=OFF")
        schema = database.execute("SELECT sql FROM sqlite_schema WHERE sql NOTNULL").fetchall()
        if not schema:
            _make(database)
        elif schema != [(_SCHEMA,)] or database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            raise _Damaged  # noqa: TRY301 - the handler only closes
    except BaseException:
        database.close()
        raise
    return database


def _make(database: sqlite3.Connection) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        # Another process may have been first.
        if not database.execute("SELECT 1 FROM sqlite_schema").fetchone():
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA user_version={_VERSION}")


def _absolute(path: bytes) -> bytes:
    return os.path.abspath(path)  # noqa: PTH100 - paths are bytes, and links stay


def _throw_away(file: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def _check(data: bytes) -> bytes:
    hasher = new_hasher("blake3")
    hasher.update(data)
    return bytes.fromhex(hasher.hexdigest())


def _row_check(key: _Key, row: _Row) -> bytes:
    parts = (key[0], key[1].encode(), key[2].encode(), row[0], row[1].encode(), row[2])
    return _check(b"".join(b"%d\0%b" % (len(part), part) for part in parts))
