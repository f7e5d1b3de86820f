# SPDX-License-Identifier: Apache-2.0
"""Avro by its bytes: the types of a schema, and what is malformed."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from work import counted

from repro_action.listing import flatten
from repro_action.readers import Limits, read_source
from repro_action.readers.protocol import BytesSource, ReadContext


def number(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return number(len(data)) + data


def avro(schema, *blocks, codec="null", mark=bytes(range(16)), **more):
    meta = {"avro.schema": json.dumps(schema), "avro.codec": codec, **more}
    head = b"Obj\1" + number(len(meta)) + b"".join(text(key) + text(value) for key, value in meta.items())
    body = b"".join(number(count) + text(data) + mark for count, data in blocks)
    return head + b"\0" + mark + body


def read(data):
    return read_source(BytesSource("a.avro", data), ReadContext(nest=read_source))


def leaves(data):
    return flatten(read(data).root, limit=99, siblings=99, room=None)


ROW = {
    "type": "record",
    "name": "a.Row",
    "fields": [
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["x", "y"]}},
        {"name": "again", "type": ["null", "Kind"]},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "id", "type": {"type": "fixed", "name": "Id", "size": 2}},
        {"name": "more", "type": {"type": "map", "values": "float"}},
    ],
}
ONE = b"\2" + b"\0" + number(18000) + b"ab" + number(1) + text("k") + struct.pack("<f", 1.5) + b"\0"
TWO = b"\0" + b"\2\2" + number(-1) + b"cd" + b"\0"


def test_each_field_is_a_column():
    found = leaves(avro(ROW, (2, ONE + TWO)))
    assert {
        "/again.valid",
        "/again.values",
        "/day.type",
        "/day[()]",
        "/id[0]",
        "/id[1]",
        "/kind",
        "/more[0]['k']",
        "/more[1]",
    } == {"/" + path.removeprefix("/") for path in found if path}


@pytest.mark.parametrize(
    "other",
    [
        avro(ROW, (1, ONE), (1, TWO)),
        avro(ROW, (2, ONE + TWO), mark=bytes(16)),
        avro({**ROW, "doc": "rows"}, (2, ONE + TWO)),
    ],
)
def test_blocks_marks_and_documentation_do_not_count(other):
    assert read(avro(ROW, (2, ONE + TWO))).root == read(other).root


def test_what_the_user_says_of_a_file_is_content():
    assert read(avro(ROW, (1, ONE))).root != read(avro(ROW, (1, ONE), author="me")).root


def test_compression_does_not_count():
    pack = zlib.compressobj(wbits=-15)
    packed = pack.compress(ONE) + pack.flush()
    assert read(avro(ROW, (1, ONE))).root == read(avro(ROW, (1, packed), codec="deflate")).root


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (avro(ROW, (1, ONE))[:-1], "cut off"),
        (avro(ROW, (1, ONE + b"\0")), "extra bytes"),
        (avro(ROW, (1, b"\4" + ONE[1:])), "not a symbol of its enumeration"),
        (avro(ROW, (1, b"\0\4" + ONE[2:])), "none of the types that its schema lists"),
        (avro("boolean", (1, b"\2")), "neither true nor false"),
        (avro("string", (1, number(-1))), "longer than the file"),
        (avro("what", (1, b"\0")), "the unknown type 'what'"),
        (
            avro(["null", {"type": "array", "items": "null"}], (1, b"\2" + number(1 << 40))),
            "longer than the file",
        ),
        (avro({"type": "record", "name": "a", "fields": 3}, (1, b"\0")), "its schema is malformed"),
        (
            avro({"type": "record", "name": "a", "fields": [{"name": "a", "type": "a"}]}, (1, b"\0")),
            "nested too deep",
        ),
        (avro({"type": "record", "name": "a", "fields": [{"type": "int"}]}, (1, b"\0")), "without a name"),
        (
            avro({"type": "record", "name": "a", "fields": [{"name": 5, "type": "int"}]}, (1, b"\0")),
            "without a name",
        ),
        (avro("int", (1, b"\xff" * 11)), "a number in it is malformed"),
        (avro("int", (1, b"\0"), codec="lzo"), "compressed with 'lzo', which is not supported"),
        (avro("int", (1, b"\0")).replace(b'"int"', b'"int,'), "not valid JSON"),
    ],
)
def test_what_is_malformed_is_bytes_with_the_reason(data, words):
    tree = read(data)
    assert "bytes" == tree.format
    assert words in tree.reason


DATE, DAYS = {"type": "int", "logicalType": "date"}, number(18000)
CENTS = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
MONEY = {"type": "fixed", "name": "Money", "size": 1, "logicalType": "decimal", "precision": 2}
PLAIN = {"type": "fixed", "name": "Plain", "size": 1}


def record(*kinds):
    return {
        "type": "record",
        "name": "r",
        "fields": [{"name": f"f{n}", "type": k} for n, k in enumerate(kinds)],
    }


@pytest.mark.parametrize(
    ("one", "two", "data"),
    [
        (DATE, "int", DAYS),
        (
            record({"type": "array", "items": DATE}),
            record({"type": "array", "items": "int"}),
            b"\2" + DAYS + b"\0",
        ),
        (record(CENTS), record({**CENTS, "scale": 3}), text(b"a")),
        (record(record(DATE) | {"name": "s"}), record(record("int") | {"name": "s"}), DAYS),
        (record([MONEY, "null"], "Money"), record([MONEY, "null"], PLAIN), b"\0aa"),
    ],
)
def test_what_a_logical_type_makes_of_numbers_is_content_at_any_depth(one, two, data):
    assert ["avro", "avro"] == [read(avro(schema, (1, data))).format for schema in (one, two)]
    assert read(avro(one, (1, data))).root != read(avro(two, (1, data))).root


def test_how_many_records_there_are_is_content_though_they_have_no_fields():
    assert read(avro(record(), (1, b""))).root != read(avro(record(), (1, b""), (1, b""))).root


def test_a_short_name_of_two_types_is_not_guessed():
    both = [
        {"type": "enum", "name": f"{space}.A", "symbols": symbols}
        for space, symbols in (("x", ["p"]), ("y", ["q"]))
    ]
    assert "the name 'A' in two namespaces" in read(avro(both, (1, b"\0\0"))).reason


def test_types_that_refer_to_each_other_again_and_again_end_soon():
    """Each record has the one below twice: forty of them, of no bytes, would be a trillion values."""
    inner: object = "null"
    for level in range(40):
        below = inner if level == 0 else {"type": f"A{level - 1}"}
        fields = [{"name": "f", "type": inner}, {"name": "g", "type": below}]
        inner = {"type": "record", "name": f"A{level}", "fields": fields}
    with counted() as work:
        tree = read_source(
            BytesSource("a.avro", avro(inner, (1, b""))),
            ReadContext(nest=read_source, limits=Limits(nodes=20_000)),
        )
    assert "bytes" == tree.format
    assert work.calls < 500_000


def test_blocks_that_expand_do_not_fill_memory_together():
    pack = zlib.compressobj(wbits=-15)
    packed = pack.compress(text(bytes(1 << 20))) + pack.flush()
    bomb = avro("bytes", *[(1, packed)] * 40, codec="deflate")
    context = ReadContext(nest=read_source, limits=Limits(memory=2 << 20))
    assert "more than is allowed" in read_source(BytesSource("a.avro", bomb), context).reason
    assert context.meter.expanded <= 8 << 20


def test_values_of_all_blocks_are_counted_together():
    block = (40, b"\2" * 40)
    assert "avro" == read(avro("int", *[block] * 60)).format
    limits = Limits(memory=2_000 * 50)  # a value counts as 200 bytes of four times the memory: 2,000 values
    tree = read_source(
        BytesSource("a.avro", avro("int", *[block] * 60)), ReadContext(nest=read_source, limits=limits)
    )
    assert ("bytes", "avro: it is nested too deep, or has too many values") == (tree.format, tree.reason)
