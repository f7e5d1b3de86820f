# SPDX-License-Identifier: Apache-2.0
"""Faiss's indices by their bytes: lists that are malformed are bytes with the reason, at little cost."""

from __future__ import annotations

import struct

import pytest
from work import counted

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Tree


def head(kind: bytes, dimensions: int = 1, count: int = 0) -> bytes:
    return kind + struct.pack("<iqqqBi", dimensions, count, 1 << 20, 1 << 20, 1, 1)


def lists(form: bytes, sizes: tuple[int, ...], *, count: int = 2, data: bytes = b"") -> bytes:
    """Write an index with inverted lists of vectors of one number."""
    flat = head(b"IxF2", count=0) + struct.pack("<Q", 0)
    inverted = b"ilar" + struct.pack("<QQ", count, 4) + form + struct.pack("<Q", len(sizes))
    packed = inverted + struct.pack(f"<{len(sizes)}Q", *sizes) + data
    return head(b"IwFl") + struct.pack("<QQ", count, 1) + flat + b"\0" + struct.pack("<Q", 0) + packed


def read(data: bytes) -> Tree:
    return read_source(BytesSource("a.index", data), ReadContext(nest=read_source))


ONE = struct.pack("<fq", 1.5, 7)


def test_lists_are_the_same_whether_all_or_only_full_ones_have_their_size_written() -> None:
    full, sparse = read(lists(b"full", (0, 1), data=ONE)), read(lists(b"sprs", (1, 1), data=ONE))
    assert ("faiss", "faiss") == (full.format, sparse.format)
    assert full.root == sparse.root


@pytest.mark.parametrize(
    "data",
    [
        lists(b"sprs", (1, 1, 0), data=ONE),
        lists(b"full", (1,), data=ONE),
        lists(b"full", (1 << 62, 1), data=ONE),
        lists(b"sprs", (0, 1 << 62), data=ONE),
        lists(b"full", (1, 1), data=ONE),
        lists(b"full", (0, 1), count=1 << 40, data=ONE),
        lists(b"what", (0, 1), data=ONE),
    ],
)
def test_lists_that_are_malformed_are_bytes_with_the_reason(data: bytes) -> None:
    with counted() as work:
        tree = read(data)
    assert "bytes" == tree.format
    assert tree.reason
    assert "did not expect" not in tree.reason
    assert work.calls < 50_000
