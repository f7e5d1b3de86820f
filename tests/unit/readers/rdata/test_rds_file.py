# SPDX-License-Identifier: Apache-2.0
"""R's files, by their bytes: how values are named, and what is malformed."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from work import counted

from repro_action.listing import flatten
from repro_action.readers import Limits, read_source
from repro_action.readers.protocol import BytesSource, ReadContext

HEAD = b"X\n" + struct.pack(">IIII", 3, 0x40202, 0x30500, 5) + b"UTF-8"
NIL = struct.pack(">I", 254)


def ints(*values):
    return struct.pack(">I", len(values)) + struct.pack(f">{len(values)}i", *values)


def text(value):
    return struct.pack(">Ii", 0x40009, len(value)) + value.encode()


def symbol(name):
    return struct.pack(">I", 1) + text(name)


def pairs(*entries):
    return b"".join(struct.pack(">I", 0x402) + symbol(name) + value for name, value in entries) + NIL


def sequence(size, begin=1.0, step=1.0, kind="compact_intseq"):
    info = pairs(("class", symbol(kind)))
    state = struct.pack(">II3d", 14, 3, size, begin, step)
    return struct.pack(">I", 238) + info + state + NIL


def read(value, head=HEAD, limits=None):
    context = ReadContext(nest=read_source, limits=limits or Limits())
    return read_source(BytesSource("a.rds", head + value), context)


def test_a_sequence_is_what_it_stands_for():
    plain = struct.pack(">I", 13) + ints(1, 2, 3)
    assert ("rds", "") == (read(plain).format, read(plain).reason)
    assert read(plain).root == read(sequence(3)).root
    assert read(struct.pack(">I", 13) + ints(3, 2, 1)).root == read(sequence(3, 3.0, -1.0)).root


def test_a_matrix_has_its_shape_and_the_first_dimension_varies_fastest():
    matrix = struct.pack(">I", 13 | 1 << 9) + ints(1, 2, 3, 4, 5, 6)
    leaf = read(matrix + pairs(("dim", struct.pack(">I", 13) + ints(2, 3)))).root
    assert (2, 3) == leaf.shape
    assert np.array([[1, 3, 5], [2, 4, 6]], "<i4").tobytes() == b"".join(leaf.payload.chunks(99))


def test_lists_are_named_by_their_names_and_attributes_are_beside_them():
    values = struct.pack(">II", 19 | 1 << 9, 2) + NIL + struct.pack(">I", 13) + ints(7)
    names = struct.pack(">II", 16, 2) + text("a") + text("b")
    tree = read(values + pairs(("names", names), ("class", struct.pack(">II", 16, 1) + text("m"))))
    found = flatten(tree.root, limit=9, siblings=9, room=None)
    assert {"", "['a']", "['b']", "attrs['class']"} == found.keys()
    one = read(values.replace(NIL, struct.pack(">I", 13) + ints(0)) + pairs(("names", names)))
    assert tree.root != one.root


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"", "cut off"),
        (struct.pack(">II", 13, 1 << 30), "a vector is longer than the file"),
        (struct.pack(">IiII", 13, -1, 1 << 20, 0), "a vector is longer than the file"),
        (sequence(1e15), "too long"),
        (sequence(float("nan")), "too long"),
        (sequence(3, 2.0**31 - 2), "too long"),
        (sequence(3, 2.0**52 - 1, kind="compact_realseq"), "too long"),
        (sequence(3, 1.0, 0.5), "malformed"),
        (sequence(3, kind="mmap_integer"), "of a kind that is not supported"),
        (struct.pack(">I", 255 | 9 << 8), "refers to a value that it does not have"),
        (struct.pack(">I", 10) + ints(2), "neither true nor false"),
        (struct.pack(">I", 13) + ints(1) + b"\0", "extra bytes"),
        (struct.pack(">I", 200), "of the type 200, which is not supported"),
        (struct.pack(">II", 19, 1) * 5_000, "nested too deep"),
        (struct.pack(">I", 13 | 1 << 9) + ints(1) + pairs(("a", NIL), ("a", NIL)), "attributes of a value"),
        (
            struct.pack(">I", 13 | 1 << 9) + ints(1) + pairs(("dim", struct.pack(">I", 13) + ints(3))),
            "does not match its shape",
        ),
    ],
)
def test_what_is_malformed_is_bytes_with_the_reason_at_little_cost(value, words):
    with counted() as work:
        tree = read(value)
    assert "bytes" == tree.format
    assert words in tree.reason
    assert work.calls < 50_000


def test_an_environment_that_holds_itself_is_named_by_its_number():
    again = struct.pack(">I", 255 | 1 << 8)
    environment = struct.pack(">II", 4, 0) + struct.pack(">I", 253) + pairs(("me", again)) + NIL + NIL
    found = flatten(read(environment).root, limit=9, siblings=9, room=None)
    assert b"the same as number 0" == b"".join(found["['me']"].payload.chunks(99))


def test_another_version_of_r_is_the_same_content():
    value = struct.pack(">I", 13) + ints(1, 2)
    other = b"X\n" + struct.pack(">III", 2, 0x30600, 0x20300)
    assert read(value).root == read(value, other).root


def logical(*values):
    return struct.pack(">I", 10) + ints(*values)


MISSING = -(1 << 31)
DOTTED = struct.pack(">I", 2) + logical(1) + logical(0)
PLAIN = struct.pack(">I", 2) + logical(1) + struct.pack(">I", 2) + logical(0) + NIL


FUNCTION = logical(1) + logical(0)


def deferred(value, kind=14, code="d", penalty=0):
    info = pairs(("class", symbol("deferred_string")))
    vector = struct.pack(f">II{code}", kind, 1, value)
    return (
        struct.pack(">I", 238)
        + info
        + struct.pack(">I", 2)
        + vector
        + struct.pack(">I", 13)
        + ints(penalty)
        + NIL
    )


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (logical(1, MISSING), struct.pack(">I", 13) + ints(1, MISSING)),
        (logical(1, MISSING), logical(1, 0)),
        (logical(1, MISSING, 0), logical(1, MISSING, MISSING)),
        (DOTTED, PLAIN),
        (struct.pack(">I", 5) + FUNCTION, struct.pack(">I", 3) + FUNCTION),
        (struct.pack(">I", 5) + PLAIN[4:], PLAIN),
        (struct.pack(">I", 17) + PLAIN[4:], PLAIN),
    ],
)
def test_values_of_two_types_are_two_trees(one, two):
    assert ["rds", "rds"] == [read(value).format for value in (one, two)], (
        read(one).reason,
        read(two).reason,
    )
    assert read(one).root != read(two).root


def test_texts_of_numbers_are_as_r_writes_them():
    plain = struct.pack(">II", 16, 1)
    assert read(plain + text("2.5")).root == read(deferred(2.5)).root
    assert read(plain + text("7")).root == read(deferred(7, 13, "i")).root
    for value in (1e5, 1e-5, float("nan"), float("inf")):
        assert "notation of R's own" in read(deferred(value)).reason
    assert "notation of R's own" in read(deferred(2.5, penalty=9)).reason


def test_bytes_are_not_taken_for_text():
    value = struct.pack(">II", 16, 1) + text("a").replace(
        struct.pack(">I", 0x40009), struct.pack(">I", 0x2009)
    )
    assert "bytes without an encoding" in read(value).reason


def test_sequences_do_not_fill_memory_together():
    many = struct.pack(">II", 19, 50) + sequence(100_000) * 50
    assert "the sequences in it are too long" in read(many, limits=Limits(memory=1 << 20)).reason


def test_byte_code_that_refers_to_itself_again_and_again_ends_soon():
    """Each constant holds the one below twice: forty of them would be a trillion values."""
    again = [struct.pack(">II", 243, number) for number in range(40)]
    one = b""
    for number in range(39, -1, -1):
        inner = one or NIL * 2
        head = struct.pack(">III", 244, number, 2)
        last = again[number + 1] if one else NIL * 2
        one = head + NIL + inner + struct.pack(">I", 2) + NIL + last + NIL * 2
    code = struct.pack(">II", 21, 1) + struct.pack(">I", 13) + ints(1) + struct.pack(">I", 1) + one
    with counted() as work:
        tree = read(code)
    assert "bytes" == tree.format
    assert "too many values" in tree.reason
    assert work.calls < 50_000


@pytest.mark.parametrize("sizes", [(0, 1 << 30, 1 << 30, 1 << 30, 1 << 30), (float("nan"), 1.0)])
def test_a_shape_that_no_array_has_is_foreseen(sizes):
    kind = struct.pack(">II", 13 if isinstance(sizes[0], int) else 14, len(sizes))
    packed = struct.pack(f">{len(sizes)}{'i' if isinstance(sizes[0], int) else 'd'}", *sizes)
    values = struct.pack(">I", 13 | 1 << 9) + ints()
    assert "did not expect" not in read(values + pairs(("dim", kind + packed))).reason


def test_an_empty_list_has_no_names():
    empty = struct.pack(">II", 19, 0)
    named = struct.pack(">II", 19 | 1 << 9, 0) + pairs(("names", struct.pack(">II", 16, 0)))
    assert ["rds", "rds"] == [read(value).format for value in (empty, named)]
    assert read(empty).root != read(named).root


WRITTEN = b"A\n2\n262144\n131840\n"
REAL, WHOLE, RAW = (b"%d\n1\n" % kind for kind in (14, 13, 24))


@pytest.mark.parametrize("word", [b"1_0", b"0x10", b"1e1", b"", b"1.0"])
def test_a_whole_number_that_r_reads_the_beginning_of_is_not_read(word):
    assert "rds" == read(WHOLE + b"+10\n", WRITTEN).format
    assert "bytes" == read(WHOLE + word + b"\n", WRITTEN).format


@pytest.mark.parametrize("word", [b"1_0", b"infinity", b"1e", b"0x1p", b"nan(1)"])
def test_a_number_that_r_reads_the_beginning_of_is_not_read(word):
    for sound in (b"1e1", b".5", b"-5.", b"0x1.8p1", b"-Inf", b"NaN", b"NA"):
        assert "rds" == read(REAL + sound + b"\n", WRITTEN).format
    assert "is not a number" in read(REAL + word + b"\n", WRITTEN).reason


@pytest.mark.parametrize("word", [b"1ff", b"zz", b"-1", b"1_0", b"1"])
def test_a_byte_is_two_digits(word):
    assert "rds" == read(RAW + b"fF\n", WRITTEN).format
    assert "is not a byte" in read(RAW + word + b"\n", WRITTEN).reason


def test_an_escape_has_one_to_three_digits():
    def one(escaped):
        return read(b"16\n1\n262153\n1\n" + escaped + b"\n", WRITTEN).root

    assert one(b"\\7") == one(b"\\007") == one(b"\\a")
    assert one(b"\\7") != one(b"7")


def test_whether_an_environment_is_locked_is_content():
    def one(locked):
        rest = struct.pack(">I", 253) + pairs(("x", NIL)) + NIL + NIL
        return read(struct.pack(">II", 4, locked) + rest).root

    assert one(0) != one(1)


def test_a_symbol_without_a_name_is_another_than_the_missing_text():
    missing = struct.pack(">Ii", 0x9, -1)
    assert read(struct.pack(">I", 1) + missing).root == read(symbol("NA")).root
    assert read(symbol("")).root != read(symbol("NA")).root
