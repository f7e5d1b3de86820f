# SPDX-License-Identifier: Apache-2.0
"""Values become leaves: what counts as content, and what does not."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    RegionPayload,
    array_leaf,
    bytes_leaf,
    key_segment,
    name_segment,
    null_leaf,
    number_leaf,
    stream_leaf,
    text_array_leaf,
    text_leaf,
)
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.readers.statistics import BLOCK, Accumulator
from repro_action.tree import Kind

CONTEXT = ReadContext()


def content(leaf, size=7):
    return b"".join(bytes(chunk) for chunk in leaf.payload.chunks(size))


def test_the_layout_in_memory_is_not_content():
    array = np.arange(12, dtype="<f8").reshape(3, 4)
    variants = [np.asfortranarray(array), array.astype(">f8"), np.repeat(array, 2, axis=1)[:, ::2]]
    assert {array_leaf(array, CONTEXT).digest} == {
        array_leaf(variant, CONTEXT).digest for variant in variants
    }


@pytest.mark.parametrize(
    "other",
    [
        np.arange(6, dtype="<f4"),
        np.arange(6, dtype="<f8").reshape(2, 3),
        np.array([0, 1, 2, 3, 4, 6], "<f8"),
        np.array([-0.0, 1, 2, 3, 4, 5], "<f8"),
    ],
    ids=["dtype", "shape", "value", "sign of zero"],
)
def test_dtype_shape_and_bits_are_content(other):
    assert array_leaf(np.arange(6, dtype="<f8"), CONTEXT).digest != array_leaf(other, CONTEXT).digest


def test_padding_of_structures_is_not_content():
    padded = np.zeros(3, np.dtype([("a", "u1"), ("b", "<f8")], align=True))
    padded.view("u1")[:] = 0xAB
    padded["a"], padded["b"] = 1, 2.0
    packed = np.zeros(3, [("a", "u1"), ("b", ">f8")])
    packed["a"], packed["b"] = 1, 2.0
    assert array_leaf(packed, CONTEXT) == array_leaf(padded, CONTEXT)
    assert "[('a', '|u1'), ('b', '<f8')]" == array_leaf(padded, CONTEXT).dtype


@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="only the x87 format has padding")
def test_padding_of_extended_floats_is_not_content():
    clean, dirty = np.ones(2, np.longdouble), np.ones(2, np.longdouble)
    dirty.view("u1").reshape(2, 16)[:, 10:] = 0xCD
    assert array_leaf(clean, CONTEXT).digest == array_leaf(dirty, CONTEXT).digest


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.zeros((0, 3)),
        np.array(["a", "bcé"]),
        np.array([b"x", b"yz"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([True, False]),
        np.array([1 + 2j]),
        np.array([""]),
    ],
    ids=["0-d", "empty", "text", "bytes", "time", "bool", "complex", "empty text"],
)
def test_content_of_a_payload_is_the_array_in_little_endian(array):
    leaf = array_leaf(array, CONTEXT)
    assert array.astype(array.dtype.newbyteorder("<")).tobytes() == content(leaf)
    assert (Kind.ARRAY, array.shape, array.dtype.newbyteorder("<").str) == (leaf.kind, leaf.shape, leaf.dtype)


def test_arrays_of_objects_are_refused():
    with pytest.raises(ArtifactUnreadable):
        array_leaf(np.array([object()]), CONTEXT)


def test_a_streamed_array_equals_one_in_memory():
    array = np.linspace(-1, 1, 300_000).reshape(3, -1).astype("<f4")
    source = BytesSource("x", b"skip" + array.tobytes())
    streamed = stream_leaf(
        source, offset=4, nbytes=array.nbytes, dtype="<f4", shape=array.shape, context=CONTEXT
    )
    assert array_leaf(array, CONTEXT) == streamed
    assert array.tobytes() == content(streamed, 1000)


def test_a_region_that_became_shorter_is_refused():
    with pytest.raises(ArtifactUnreadable):
        list(RegionPayload(BytesSource("x", b"abc"), 1, 3).chunks(2))


def test_time_that_is_up_ends_a_stream():
    with pytest.raises(ArtifactUnreadable, match="takes more than"):
        stream_leaf(
            BytesSource("x", b"ab"),
            offset=0,
            nbytes=2,
            dtype="|u1",
            shape=(2,),
            context=ReadContext(deadline=0),
        )


def test_bfloat16_has_the_statistics_of_its_numbers():
    values = np.array([1.0, -2.5, 3.0], "<f4")
    raw = (values.view("<u4") >> 16).astype("<u2").tobytes()
    leaf = stream_leaf(
        BytesSource("x", raw), offset=0, nbytes=6, dtype="bfloat16", shape=(3,), context=CONTEXT
    )
    assert array_leaf(values, CONTEXT).stats == leaf.stats


@pytest.mark.parametrize(
    ("value", "kind", "dtype", "kept"),
    [
        (True, Kind.BOOLEAN, "bool", True),
        (3, Kind.NUMBER, "int", 3),
        (0.1, Kind.NUMBER, "float", 0.1),
        (math.nan, Kind.NUMBER, "float", None),
        (-math.inf, Kind.NUMBER, "float", None),
        (1j, Kind.NUMBER, "complex", None),
        (2**63, Kind.NUMBER, "int", "9223372036854775808"),
        (-(2**63), Kind.NUMBER, "int", -(2**63)),
    ],
)
def test_numbers_keep_a_value_that_json_can_hold(value, kind, dtype, kept):
    leaf = number_leaf(value, CONTEXT)
    assert (kind, dtype, kept) == (leaf.kind, leaf.dtype, leaf.value)


def test_a_huge_whole_number_takes_no_quadratic_time():
    assert str(number_leaf(1 << 4_000_000, CONTEXT).value).startswith("0x1000")


def test_numbers_that_print_alike_differ_by_type_and_bits():
    nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0001))[0]
    leaves = [number_leaf(value, CONTEXT) for value in (1, 1.0, True, 0.0, -0.0, math.nan, nan)]
    assert len(leaves) == len({leaf.digest for leaf in leaves})


def test_texts_and_bytes_tell_their_length_and_not_their_value():
    assert [(2,), (3,), ()] == [
        leaf.shape for leaf in (text_leaf("aé", CONTEXT), bytes_leaf(b"aaa", CONTEXT), null_leaf(CONTEXT))
    ]
    assert text_leaf("é", CONTEXT).value is None
    assert text_leaf("\ud800", CONTEXT).digest != text_leaf("?", CONTEXT).digest


def test_arrays_of_texts_tell_line_feeds_from_backslashes():
    variants = (["a\nb"], ["a\\nb"], ["a", "b"], ["a\\", "nb"])
    assert 4 == len({text_array_leaf(values, CONTEXT).digest for values in variants})


@pytest.mark.parametrize("algorithm", ["blake3", "sha256"])
def test_digests_name_their_algorithm(algorithm):
    from repro_action.tree import LeafDigester

    leaf = array_leaf(np.arange(3), ReadContext(digester=LeafDigester(algorithm)))
    assert f"leaf1-{algorithm}" == leaf.digest.algorithm


def test_statistics_are_those_of_numpy():
    values = np.random.default_rng(0).normal(5, 2, 3 * BLOCK + 17)
    stats = array_leaf(values, CONTEXT).stats
    expected = [values.min(), values.max(), values.mean(), values.std(), np.sqrt((values**2).sum())]
    assert pytest.approx(expected, rel=1e-8) == [stats.min, stats.max, stats.mean, stats.std, stats.l2]


def test_statistics_leave_nan_out_and_count_it():
    stats = array_leaf(np.array([math.nan, 1.0, 3.0]), CONTEXT).stats
    assert (3, 1, 1.0, 3.0, 2.0, 1.0) == (
        stats.count, stats.nan, stats.min, stats.max, stats.mean, stats.std,
    )  # fmt: skip


def test_statistics_of_nothing_but_nan_are_nan():
    stats = array_leaf(np.array([math.nan]), CONTEXT).stats
    assert (1, 1, True) == (stats.count, stats.nan, math.isnan(stats.mean))


def test_statistics_of_complex_numbers_are_those_of_absolute_values():
    stats = array_leaf(np.array([3 + 4j, -5 - 12j, 0, complex(math.inf, math.nan)]), CONTEXT).stats
    assert (0.0, math.inf, 0) == (stats.min, stats.max, stats.nan)
    assert 6.0 == array_leaf(np.array([3 + 4j, -5 - 12j, 0]), CONTEXT).stats.mean


@pytest.mark.parametrize("step", [1000, 4096, 99_992])
def test_statistics_do_not_depend_on_how_the_bytes_arrive(step):
    data = np.random.default_rng(1).normal(size=200_000).astype("<f8").tobytes()
    whole, pieces = Accumulator("<f8"), Accumulator("<f8")
    whole.add(data)
    for start in range(0, len(data), step):
        pieces.add(data[start : start + step])
    assert whole.finish() == pieces.finish()


def test_statistics_are_left_out_where_not_asked_for():
    assert array_leaf(np.arange(3), ReadContext(statistics=False)).stats is None


def test_segments_are_printable_and_differ_where_names_do():
    names = ["a\nb", "a\\nb", "a'b", 'a"b', "a\x1b[31m", "a", "a\\\\nb", "\ud800"]
    assert all(name_segment(name).isprintable() and key_segment(name).isprintable() for name in names)
    assert len(names) == len(set(map(name_segment, names))) == len(set(map(key_segment, names)))
