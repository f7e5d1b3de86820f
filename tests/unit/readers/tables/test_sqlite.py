# SPDX-License-Identifier: Apache-2.0
"""Databases of SQLite that are read where they lie are what they are in memory, and as harmless."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from repro_action.compare.elements import compare_elements
from repro_action.listing import flatten
from repro_action.readers import Limits, read_artifact
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.sqlite_columns import _batches
from repro_action.readers.tables.sqlite_connection import DatabaseFile, TableName
from repro_action.tree import Leaf, Tree

COPY, PLACE = Limits(), Limits(memory=1 << 20)
"""Limits within which a file is read from memory, or where it lies."""
PAD = "; create table pad (a); insert into pad values (zeroblob(400000));"
"""Makes a file large enough for the latter."""


def write(path: Path, script: str, *rows: tuple[object, ...]) -> Path:
    """Make a database, and fill its table `t`."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script + PAD)
        for row in rows:
            database.execute(f"insert into t values ({', '.join('?' * len(row))})", row)
        database.commit()
    return path


def lines(tree: Tree) -> dict[str, Leaf]:
    return flatten(tree.root, limit=100_000, siblings=100_000, room=None)


def content(leaf: Leaf, size: int = 1000) -> bytes:
    return b"".join(map(bytes, leaf.payload.chunks(size))) if leaf.payload is not None else b""


def rows() -> Iterator[tuple[object, ...]]:
    draw = random.Random(0)
    texts = ["", "a", "two\nlines", "back\\slash", "ä", "a\0b"]
    for number in range(5_000):
        yield (
            number,
            draw.gauss(0, 1),
            draw.choice([1, 2.5]),
            draw.choice(texts),
            draw.choice([None, 7]),
            draw.choice([None, "x", ""]),
            None,
        )


@pytest.mark.parametrize("end", ["", " without rowid"])
def test_columns_of_numbers_and_texts(end: str, tmp_path: Path):
    path = write(
        tmp_path / "a.db",
        f'create table t (id integer primary key, "re al", mixed, text, maybe, words, empty){end}',
        *rows(),
    )
    one, other = (read_artifact(path, limits=limits) for limits in (COPY, PLACE))
    assert ("sqlite", "", "") == (other.format, one.reason, other.reason)
    assert one.root == other.root
    streamed = lines(other)
    for key, leaf in lines(one).items():
        assert leaf.stats == streamed[key].stats
        assert content(leaf) == content(streamed[key])


@pytest.mark.parametrize(
    "cells",
    [
        [b"bytes" * 100, None, b""],
        [b"bytes" * 100, b""],
        ["text" * 100, b"text" * 100, 1, 2.5, None],
        [1, 2.5, None],
        [2**53 + 1, 2.5],
        [2**63 - 1, -(2**63)],
        [math.inf, -0.0],
        [None, None],
        [],
    ],
    ids=range(9),
)
def test_columns_of_any_types(cells: list[object], tmp_path: Path):
    path = write(tmp_path / "a.db", "create table t (a)", *((cell,) for cell in cells))
    one, other = (read_artifact(path, limits=limits) for limits in (COPY, PLACE))
    assert ("sqlite", "", "") == (other.format, one.reason, other.reason)
    assert one.root == other.root
    assert [content(leaf) for leaf in lines(one).values()] == [
        content(leaf) for leaf in lines(other).values()
    ]


def test_text_that_is_not_utf_8(tmp_path: Path):
    script = "create table t (a); insert into t values (cast(x'61ff62' as text)), ('x');"
    path = write(tmp_path / "a.db", script)
    one, other = (read_artifact(path, limits=limits) for limits in (COPY, PLACE))
    assert ("sqlite", one.root) == (other.format, other.root)


def test_a_change_is_named_with_its_magnitude(tmp_path: Path):
    found = []
    for name, loss in (("a", 0.3), ("b", math.nextafter(0.3, 1))):
        cells = [(loss if number == 4_500 else 0.1 * number,) for number in range(5_000)]
        path = write(tmp_path / name, "create table t (loss)", *cells)
        found.append(lines(read_artifact(path, limits=PLACE))["t/loss"])
    compared = compare_elements(*found)
    assert compared is not None
    assert (1, 1) == (compared.differing, compared.max_ulp)


def test_a_log_beside_it_is_not_looked_at_and_nothing_is_written(tmp_path: Path):
    path = write(
        tmp_path / "a #?%41.db", "pragma journal_mode = wal; create table t (a);", *[("x" * 99,)] * 999
    )
    whole = read_artifact(path, limits=PLACE)
    with closing(sqlite3.connect(path)) as database:
        database.execute("delete from t")
        database.commit()
        before = sorted((one.name, one.read_bytes()) for one in tmp_path.iterdir())
        assert ("sqlite", whole.root) == ("sqlite", read_artifact(path, limits=PLACE).root)
        assert before == sorted((one.name, one.read_bytes()) for one in tmp_path.iterdir())
    assert whole.reason == ""


def test_a_virtual_table_is_not_read(tmp_path: Path):
    path = write(tmp_path / "a.db", "create virtual table v using fts5(b)")
    for limits in (COPY, PLACE):
        tree = read_artifact(path, limits=limits)
        assert "bytes" == tree.format
        assert "is virtual" in tree.reason


@pytest.mark.parametrize(
    "query", ["select upper('a')", "delete from t", "attach ':memory:' as b", "pragma x"]
)
def test_nothing_but_reading_is_allowed(query: str, tmp_path: Path):
    path = write(tmp_path / "a.db", "create table t (a)")
    database = DatabaseFile(path=path, context=ReadContext())
    with (
        closing(database.connect()) as connection,
        pytest.raises(sqlite3.DatabaseError, match=r"not authorized|too many attached"),
    ):
        connection.execute(query)


def test_a_damaged_one_is_bytes(tmp_path: Path):
    path = write(tmp_path / "a.db", "create table t (a)", *[(number,) for number in range(5_000)])
    data = bytearray(path.read_bytes())
    data[9 * 4096 : 10 * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    assert "bytes" == read_artifact(path, limits=PLACE).format
    path.write_bytes(data[:-4096])
    assert read_artifact(path, limits=PLACE).reason.startswith("sqlite: the database is cut off")


def test_numbers_are_read_thousands_of_rows_at_a_time():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", ((number,) for number in range(10_000)))
        batches = [
            len(cells) for (cells,) in _batches(connection, TableName(name="t", sql=""), ["a"], ReadContext())
        ]
    assert 4096 == max(batches)
