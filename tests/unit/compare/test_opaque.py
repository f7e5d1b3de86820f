# SPDX-License-Identifier: Apache-2.0
"""Bytes that no reader knows: what is said of how they differ, and of what is in them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
import zlib
from dataclasses import replace

import pytest
from work import counted

from repro_action.compare.byte_facts import ByteFacts, EmbeddedArchive
from repro_action.compare.elements import compare_elements
from repro_action.compare.walk import PIECE
from repro_action.readers.arrays import bytes_leaf
from repro_action.readers.protocol import ReadContext

RANDOM = random.Random(0)
NOISE = RANDOM.randbytes(40_000)
FLOATS = struct.pack("<4000d", *(RANDOM.gauss(0, 1) for _ in range(4000)))
HEAD = b"\0\x01MODL\0name=resnet50 layers\0\0\0"


def leaf(data: bytes):
    return bytes_leaf(data, ReadContext())


def facts(one: bytes, other: bytes) -> ByteFacts:
    found = compare_elements(leaf(one), leaf(other))
    assert found is not None
    assert found.opaque is not None
    return found.opaque


def changed(data: bytes, *places: int) -> bytes:
    return bytes(byte ^ (place in places) for place, byte in enumerate(data))


def test_the_first_and_last_byte_and_how_many_differ_are_counted() -> None:
    data = HEAD + FLOATS
    found = facts(data, changed(data, 100, 200, 4_000))
    assert (100, 4_000, 3, len(data)) == (found.first, found.last, found.differing, found.total)


def test_equal_bytes_have_no_difference() -> None:
    assert compare_elements(leaf(HEAD), leaf(HEAD)) is None


def test_what_differs_in_several_pieces_is_counted_over_all_of_them() -> None:
    data = bytes(3 * PIECE)
    found = facts(data, changed(data, PIECE - 1, PIECE, 3 * PIECE - 1))
    assert (PIECE - 1, 3 * PIECE - 1, 3) == (found.first, found.last, found.differing)


def test_of_other_lengths_what_is_beyond_the_shorter_one_counts_and_no_last_place_is_said() -> None:
    found = facts(HEAD, HEAD + b"\0\0\0")
    assert (len(HEAD), None, 3, len(HEAD) + 3) == (found.first, found.last, found.differing, found.total)


def test_the_text_around_the_difference_or_ahead_of_it_is_shown() -> None:
    data = HEAD + FLOATS
    assert "name=resnet50 layers" == facts(data, changed(data, len(HEAD))).near
    assert "name=sesnet50 layers" == facts(data, data.replace(b"resnet", b"sesnet")).near


def test_a_difference_inside_one_text_shows_both_texts_as_values() -> None:
    data = b"\0\x01created 2026-11-30T08:00:01\0" + FLOATS
    found = compare_elements(leaf(data), leaf(data.replace(b"08:00:01", b"09:10:22")))
    assert found is not None
    assert ("created 2026-11-30T08:00:01", "created 2026-11-30T09:10:22") == found.first_values
    more = compare_elements(leaf(data), leaf(changed(data.replace(b"08:00:01", b"09:10:22"), len(data) - 1)))
    assert more is not None
    assert (None, None) == more.first_values


@pytest.mark.parametrize(
    ("content", "packed"),
    [
        (NOISE, True),
        (NOISE[:600], True),
        (zlib.compress(NOISE[:9_000] + FLOATS), True),
        (lzma.compress(FLOATS), True),
        (FLOATS, False),
        (struct.pack("<4000f", *(RANDOM.gauss(0, 1) for _ in range(4000))), False),
        (bytes(40_000), False),
        (b"The quick brown fox jumps over the lazy dog. " * 100, False),
        (NOISE[:300], False),  # too few to say
    ],
)
def test_compressed_and_encrypted_bytes_are_distinguished_by_numbers_and_texts(
    content: bytes, packed: bool
) -> None:
    assert packed == facts(HEAD + content, HEAD + changed(content, 0)).packed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zip", b"PK\x03\x04" + bytes(40)),
        ("gzip", gzip.compress(FLOATS)),
        ("zlib", zlib.compress(FLOATS)),
        ("zlib", zlib.compress(FLOATS, 1)),
        ("zstd", b"\x28\xb5\x2f\xfd" + bytes(20)),
        ("xz", lzma.compress(FLOATS)),
        ("bzip2", bz2.compress(FLOATS)),
    ],
)
def test_archives_inside_are_named_with_their_offset(name: str, content: bytes) -> None:
    data = bytes(PIECE - 3) + content  # its magic number is in two pieces
    found = facts(data, changed(data, 5))
    assert (EmbeddedArchive(format=name, offset=PIECE - 3),) == found.archives


def test_two_bytes_that_read_like_the_start_of_a_stream_are_no_archive() -> None:
    data = b"\x78\x9c".join(NOISE[at : at + 50] for at in range(0, 40_000, 50))
    assert () == facts(data, changed(data, 0)).archives


def test_very_many_archives_are_named_up_to_a_bound() -> None:
    data = (b"PK\x03\x04" + bytes(60)) * 5_000
    assert 4 == len(facts(data, changed(data, 50)).archives)


def test_what_only_reads_like_streams_is_not_tried_for_ever() -> None:
    data = b"\x78\x9c" * 1_000_000
    other = changed(data, 0)
    with counted() as work:
        assert () == facts(data, other).archives
    assert work.calls < 1_000_000


def test_a_bomb_inside_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(200 << 20), 9)
    assert (EmbeddedArchive(format="zlib", offset=0),) == facts(bomb, changed(bomb, 9_000)).archives


def test_where_only_the_candidate_is_at_hand_what_it_contains_is_said_and_no_place() -> None:
    found = compare_elements(replace(leaf(HEAD + FLOATS), payload=None), leaf(HEAD + gzip.compress(FLOATS)))
    assert found is not None
    assert found.opaque is not None
    assert found.opaque.first is None
    assert found.opaque.differing is None
    assert (EmbeddedArchive(format="gzip", offset=len(HEAD)),) == found.opaque.archives
    assert "" == found.first_index


def test_where_only_digests_are_known_nothing_is_said() -> None:
    one, other = (replace(leaf(data), payload=None) for data in (HEAD, FLOATS))
    assert compare_elements(one, other) is None
