# SPDX-License-Identifier: Apache-2.0
"""MessagePack with arrays of msgpack-numpy: what is one, what only looks like one, and what is malformed."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Tree

LIST_OF_TWO, MAPPING_OF_TWO = b"\x92\xa1a\xc0", b"\x82\0\xa1a\1\xc0"

Value = dict[bytes, object] | list[object] | bytes | str | bool | int


def packed(value: Value) -> bytes:
    """Write a value in MessagePack."""
    match value:
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return b"\xcf" + struct.pack(">Q", value)
        case str():
            return b"\xd9" + bytes([len(value)]) + value.encode()
        case bytes():
            return b"\xc4" + bytes([len(value)]) + value
        case list():
            return b"\xdc" + struct.pack(">H", len(value)) + b"".join(map(packed, value))  # type: ignore[arg-type]
    pairs = (packed(key) + packed(each) for key, each in value.items())  # type: ignore[arg-type]
    return b"\xde" + struct.pack(">H", len(value)) + b"".join(pairs)


def read(value: Value) -> Tree:
    return read_source(BytesSource("a.msgpack", packed(value)), ReadContext(nest=read_source))


def array(
    dtype: str = "<i2", shape: tuple[int, ...] = (2,), data: bytes = b"\1\0\2\0"
) -> dict[bytes, object]:
    return {b"nd": True, b"type": dtype, b"shape": list(shape), b"data": data}


def test_a_mapping_of_the_four_keys_is_an_array_and_one_with_more_is_a_mapping() -> None:
    plain = read(array())
    assert "msgpack" == plain.format
    assert plain.root == read({**array(), b"kind": b""}).root
    others = [{**array(), b"more": 1}, {**array(), b"kind": b"V"}, {**array(), b"nd": 1}]
    assert len({plain.root.digest, *(read(other).root.digest for other in others)}) == 4
    assert read({**array(), b"more": 1}).root != read({**array(), b"more": 2}).root
    scalar = {b"nd": False, b"type": "<i2", b"data": b"\1\0"}
    assert read(scalar).root != read({**scalar, b"more": 1}).root


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (array(dtype="what"), "unknown dtype"),
        (array(dtype="(2,)"), "dtype"),
        (array(dtype="i2,("), "dtype"),
        (array(dtype="V0", shape=(1 << 60,), data=b""), "which is not"),
        (array(dtype="O", data=bytes(16)), "which is not"),
        (array(shape=(1,) * 40), "does not match its shape"),
        (array(shape=(0, 1 << 63), data=b""), "does not match its shape"),
        (array(shape=(0, 1 << 40, 1 << 40), data=b""), "shape that is not"),
        (array(shape=(3,)), "does not match its shape"),
    ],
)
def test_an_array_that_numpy_would_not_make_is_bytes_with_the_reason(value: Value, words: str) -> None:
    tree = read(value)
    assert "bytes" == tree.format
    assert words in tree.reason
    assert "did not expect" not in tree.reason


def test_the_content_of_an_array_is_its_elements() -> None:
    leaf = read(array()).root
    assert np.array([1, 2], "<i2").tobytes() == b"".join(map(bytes, leaf.payload.chunks(99)))  # type: ignore[union-attr]


def test_a_list_is_no_mapping_of_the_numbers_of_its_items() -> None:
    one, other = (
        read_source(BytesSource("a.msgpack", data), ReadContext(nest=read_source))
        for data in (LIST_OF_TWO, MAPPING_OF_TWO)
    )
    assert ["msgpack", "msgpack"] == [one.format, other.format]
    assert one.root != other.root


def test_a_list_of_numbers_is_no_array() -> None:
    one = read(array(dtype="<i8", data=struct.pack("<2q", 1, 2)))
    assert one.root != read([1, 2]).root
    assert read([1, 2]).root == read([1, 2]).root
