# SPDX-License-Identifier: Apache-2.0
"""Text files."""

from __future__ import annotations

import tracemalloc

import pytest

from repro_action.compare.elements import compare_elements
from repro_action.readers import HEAD, read_artifact, read_source, reader_for
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Kind


def read(data):
    return read_source(BytesSource("log", data), ReadContext(nest=read_source))


@pytest.mark.parametrize("data", [b"hello\n", "é\u20ac".encode(), b"x" * 511 + "é".encode(), b"\x1b[31mred"])
def test_utf8_is_recognized(data):
    assert "text" == reader_for(BytesSource("log", data), data[:HEAD]).name


@pytest.mark.parametrize("data", [b"", b"\xff", b"a\0b", b"\x01"])
def test_other_bytes_are_declined(data):
    assert "bytes" == reader_for(BytesSource("log", data), data[:HEAD]).name


@pytest.mark.parametrize(("data", "lines"), [(b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n", 2)])
def test_one_leaf_tells_characters_and_lines(data, lines):
    leaf = read(data).root
    assert (Kind.TEXT, f"utf-8, {lines} lines", (len(data),)) == (leaf.kind, leaf.dtype, leaf.shape)


def test_line_ends_are_content():
    assert read(b"a\n").root.digest != read(b"a\r\n").root.digest


def test_equal_text_is_an_equal_leaf():
    assert read("é".encode() * 9_000_000).root == read("é".encode() * 9_000_000).root


def test_text_that_breaks_off_later_falls_back_with_a_reason():
    tree = read(b"x" * 1000 + b"\xff")
    assert ("bytes", "text: it is not valid UTF-8") == (tree.format, tree.reason)


def test_a_long_log_is_read_and_compared_in_memory_that_does_not_grow_with_it(tmp_path):
    line = b"2024 step loss 0.123456789 and so on, and then some more\n"
    one, other = tmp_path / "a.log", tmp_path / "b.log"
    one.write_bytes(line * (1 << 20))
    other.write_bytes(line * ((1 << 20) - 1) + b"other\n")
    tracemalloc.start()
    try:
        roots = [read_artifact(path).root for path in (one, other)]
        found = compare_elements(*roots)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"line {1 << 20}" == found.first_index
    assert peak < 36 << 20 < one.stat().st_size
