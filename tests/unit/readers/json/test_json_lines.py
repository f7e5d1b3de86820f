# SPDX-License-Identifier: Apache-2.0
"""JSON lines, and tables inside of compressed files."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.json import json_lines_file
from repro_action.readers.json.packed_cells import PackedRecords
from repro_action.readers.json.records import table_of_packed, table_of_records
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Branch, branch

RECORDS = [{"step": n, "loss": n / 7, "run": "a"} for n in range(30)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)
CSV = "step,loss\n" + "".join(f"{n},{n / 7}\n" for n in range(30))


def read(text, name="log.jsonl", *, tables=True):
    data = text if isinstance(text, bytes) else text.encode()
    return read_source(BytesSource(name, data), ReadContext(nest=read_source, tables=tables))


FLOATS = st.floats(allow_nan=False) | st.just(math.nan)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.integers(-9, 9),
    FLOATS,
    st.text("ab\\\n\u00e4\ud800", max_size=3),
)
CELLS = st.one_of(
    SCALARS,
    st.lists(FLOATS, min_size=2, max_size=2),
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.sampled_from("pq"), SCALARS, max_size=2),
)


@given(data=st.data(), keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))
def test_columns_of_blocks_are_those_of_the_whole(data, keys):
    """Whatever cells a column has, and wherever a block ends."""
    kinds = [data.draw(st.sampled_from([SCALARS, st.integers(), FLOATS, st.text(), CELLS])) for _ in keys]
    drawn = [data.draw(st.lists(kind, min_size=3, max_size=3)) for kind in kinds]
    values = [
        {key: cells[n % 3] for key, cells in zip(keys, drawn, strict=True) if n % 5 or key == keys[0]}
        for n in range(20)
    ]
    context = ReadContext()
    packed = PackedRecords()
    for start in range(0, 20, 7):
        packed.add(values[start : start + 7])
    table = table_of_records(values, 0, context)
    columns = table_of_packed(packed, context)
    assert (table is None) == (columns is None)
    if isinstance(table, Branch) and columns is not None:
        assert table == branch(columns, type="records")
        one, other = (
            flatten(node, limit=10**6, siblings=10**6, room=None)
            for node in (table, branch(columns, type="records"))
        )
        contents = [
            {path: b"".join(leaf.payload.chunks(64)) for path, leaf in lines.items() if leaf.payload}
            for lines in (one, other)
        ]
        assert contents[0] == contents[1]


def test_memory_does_not_grow_with_the_values_but_with_their_columns(monkeypatch):
    monkeypatch.setattr(json_lines_file, "_BLOCK", 1 << 14)
    rows = "".join(
        json.dumps({"step": n, "loss": n / 7, "nested": {"x": n * 0.5}}) + "\n" for n in range(8_000)
    )
    data = BytesSource("log.jsonl", rows.encode())
    read(LINES)
    tracemalloc.start()
    tree = read_source(data, ReadContext(nest=read_source))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "json lines" == tree.format
    assert peak < 5 * len(rows)  # 1.9 as measured


def test_it_is_recognized_by_its_suffix():
    names = ["a.JSONL", "a.ndjson", "a.log"]
    assert ["json lines", "json lines", "text"] == [
        reader_for(BytesSource(name, b"{}\n"), b"{}\n").name for name in names
    ]


def test_lines_of_objects_are_columns():
    assert {"", "[*]['step']", "[*]['loss']", "[*]['run']"} == set(flatten(read(LINES).root))


def test_a_changed_value_changes_one_column():
    before, after = (flatten(read(text).root) for text in (LINES, LINES.replace('"step": 5', '"step": 50')))
    assert ["[*]['step']"] == [path for path in before if before[path] != after[path]]


def test_few_or_unlike_lines_are_branches():
    assert {"", "[0]['a']", "[1]"} == set(flatten(read('{"a": 1}\n[1, 2]\n').root))


def test_white_space_line_ends_and_a_missing_last_one_do_not_count():
    assert read(LINES).root == read("\ufeff\n" + LINES.replace("\n", "\r\n").replace(": ", ":").rstrip()).root


def test_the_order_and_number_of_lines_are_content():
    lines = LINES.splitlines(keepends=True)
    roots = {
        read("".join(each)).root.digest for each in (lines, lines[::-1], lines[:-1], [*lines, lines[-1]])
    }
    assert 4 == len(roots)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1}\n{\n', "line 2"),
        ('{"a": 1,\n"b": 2}\n', "line 1"),
        ("1 2\n", "line 1"),
        ("[1\n2]\n", "line 1"),
    ],
)
def test_a_line_that_is_no_value_makes_it_a_text(text, reason):
    tree = read(text)
    assert "text" == tree.format
    assert reason in tree.reason


def test_a_key_twice_is_an_error_of_its_own():
    tree = read('{"a": 1, "a": 2}\n')
    assert ("bytes", True) == (tree.format, "twice" in tree.reason)


def test_earlier_releases_read_a_text():
    assert read(LINES, "log.txt").root == read(LINES, tables=False).root


@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
@pytest.mark.parametrize(
    ("name", "text"), [("t.csv", CSV), ("t.jsonl", LINES), ("t.json", json.dumps(RECORDS))]
)
def test_a_compressed_table_has_the_leaves_of_the_table(name, text, suffix, compress):
    plain, packed = read(text, name), read(compress(text.encode()), f"{name}.{suffix}")
    assert plain.root == packed.root
    assert f"{suffix} of {plain.format}" == packed.format
    leaves = [path for path, leaf in flatten(packed.root).items() if leaf.payload is not None]
    assert leaves
    for path in leaves:
        one, other = (
            b"".join(map(bytes, flatten(tree.root)[path].payload.chunks(64))) for tree in (plain, packed)
        )
        assert one == other
