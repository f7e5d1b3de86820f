# SPDX-License-Identifier: Apache-2.0
"""Compressed chunks: what comes out is what went in, or an error within bounds."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest
from work import counted

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.blosc import blosc
from repro_action.readers.lempel_ziv import decompress
from repro_action.readers.streams import inflated, streamed


def lz4(data, size):
    return decompress("lz4", data, size)


def frame(blocks, size, block, *, flags, item=4):
    """Return a frame of blocks, each of streams."""
    starts, body = [], b""
    for streams in blocks:
        starts.append(16 + 4 * len(blocks) + len(body))
        body += b"".join(struct.pack("<I", len(stream)) + stream for stream in streams)
    total = 16 + 4 * len(blocks) + len(body)
    return (
        struct.pack("<4B3I", 2, 1, flags, item, size, block, total)
        + struct.pack(f"<{len(starts)}I", *starts)
        + body
    )


def test_lz4_literals_and_matches_that_overlap():
    # Three letters, then nine more that repeat them; the last letters are literals (lz4_Block_format.md).
    assert b"abcabcabcabcXYZ12" == lz4(b"\x35abc\x03\x00\x50XYZ12", 17)


@pytest.mark.parametrize(
    "data",
    [
        b"\x35abc\x00\x00\x50XYZ12",
        b"\x35abc\x04\x00\x50XYZ12",
        b"\x35abc\x03",
        b"\xf0\xff",
        b"\x3fabc\x03\x00" + b"\xff" * 100,
        b"\x30ab",
    ],
)
def test_lz4_that_is_damaged_is_an_error(data):
    with pytest.raises(ArtifactUnreadable):
        lz4(data, 17)


def test_an_lz4_bomb_ends_where_more_comes_out_than_is_declared():
    with counted() as work, pytest.raises(ArtifactUnreadable, match="another size"):
        lz4(b"\x1fa\x01\x00" + b"\xff" * 1_000_000 + b"\x00\x10a", 1000)
    assert work.calls < 1_000


def test_bytes_that_lie_apart_are_put_together():
    plain = bytes(range(16))
    apart = bytes(plain[at] for first in range(4) for at in range(first, 16, 4))
    data = frame([[zlib.compress(apart)]], 16, 16, flags=1 | 16 | 3 << 5)
    assert plain == blosc(data, 16)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:10], "cut off"),
        (lambda data: data[:-1], "another size"),
        (lambda data: data[:2] + b"\xb1" + data[3:], "which is not supported"),
        (lambda data: data[:2] + b"\x11" + data[3:], "damaged"),
        (lambda data: data[:4] + struct.pack("<I", 1 << 31) + data[8:], "another size"),
        (lambda data: data[:8] + bytes(4) + data[12:], "another size"),
        (lambda data: data[:3] + bytes(1) + data[4:], "another size"),
        (lambda data: data[:16] + struct.pack("<I", 9999) + data[20:], "cut off"),
    ],
)
def test_a_frame_that_is_damaged_is_an_error(change, words):
    data = frame([[zlib.compress(bytes(16))]], 16, 16, flags=3 << 5)
    assert bytes(16) == blosc(data, 16)
    with pytest.raises(ArtifactUnreadable, match=words):
        blosc(change(data), 16)


def test_no_more_comes_out_than_is_allowed():
    bomb = zlib.compress(bytes(100 << 20))
    with pytest.raises(ArtifactUnreadable, match="another size"):
        inflated(bomb, 1 << 20)
    with pytest.raises(ArtifactUnreadable, match="another size"):
        streamed("gz", gzip.compress(bytes(100 << 20)), 1 << 20)


def test_blocks_that_share_bytes_are_refused_before_they_cost_anything():
    start = 16 + 4 * 1000
    body = struct.pack("<I", 1 << 16) + bytes(1 << 16)
    data = (
        struct.pack("<4B3I", 2, 1, 3 << 5, 1, 1000, 1, start + len(body))
        + struct.pack("<1000I", *[start] * 1000)
        + body
    )
    with counted() as work, pytest.raises(ArtifactUnreadable):
        blosc(data, 1000)
    assert work.calls < 500


def test_a_stream_does_not_stand_for_many_blocks():
    data = frame([[b"a" * 40]] + [[b"a"]] * 3, 160, 40, flags=1 << 5, item=1)
    with pytest.raises(ArtifactUnreadable, match="cut off"):
        blosc(data[:16] + data[16:20] * 4 + data[32:], 160)


def test_marks_of_blosc_2_are_not_guessed():
    data = frame([[bytes(32)]], 32, 32, flags=1 | 4 | 1 << 5)
    with pytest.raises(ArtifactUnreadable, match="Blosc 2"):
        blosc(data, 32)
