# SPDX-License-Identifier: Apache-2.0
"""JSON lines, and tables inside of compressed files."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.protocol import BytesSource, ReadContext

RECORDS = [{"step": n, "loss": n / 7, "run": "a"} for n in range(30)]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)
CSV = "step,loss\n" + "".join(f"{n},{n / 7}\n" for n in range(30))


def read(text, name="log.jsonl", *, tables=True):
    data = text if isinstance(text, bytes) else text.encode()
    return read_source(BytesSource(name, data), ReadContext(nest=read_source, tables=tables))


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
