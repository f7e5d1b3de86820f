# SPDX-License-Identifier: Apache-2.0
"""Safetensors."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save

from repro_action.listing import flatten
from repro_action.readers import HEAD, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import BytesSource, ReadContext

A, B = np.arange(6, dtype="<f4").reshape(2, 3), np.array([1, -2], "<i8")


def raw(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def read(data):
    return read_source(BytesSource("m.safetensors", data), ReadContext(nest=read_source))


def tensor(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_it_is_recognized_by_its_header():
    data = save({"a": A})
    assert "safetensors" == reader_for(BytesSource("model", data), data[:HEAD]).name


def test_other_bytes_are_declined():
    assert "bytes" == reader_for(BytesSource("model", b"\xff" * 600), b"\xff" * 512).name


def test_each_tensor_is_a_leaf_and_metadata_are_texts():
    leaves = flatten(read(save({"a": A, "b": B}, metadata={"format": "pt"})).root)
    assert {"['a']", "['b']", "__metadata__['format']"} == set(leaves)
    assert (array_leaf(A, ReadContext()), array_leaf(B, ReadContext())) == (leaves["['a']"], leaves["['b']"])


def test_the_order_of_tensors_does_not_count():
    one = {"a": tensor("U8", [2], 0, 2), "b": tensor("U8", [1], 2, 3)}
    two = {"b": tensor("U8", [1], 0, 1), "a": tensor("U8", [2], 1, 3)}
    assert read(raw(one, b"\1\2\3")).root == read(raw(two, b"\3\1\2")).root


def test_one_changed_value_changes_one_leaf():
    changed = A.copy()
    changed[0, 0] = 9
    before, after = (
        flatten(read(save({"a": A, "b": B})).root),
        flatten(read(save({"a": changed, "b": B})).root),
    )
    assert ["['a']"] == [path for path in before if before[path] != after[path]]


@pytest.mark.parametrize(
    ("kind", "dtype", "bits"),
    [
        ("BF16", "bfloat16", 16),
        ("F8_E4M3", "float8_e4m3fn", 8),
        ("F4", "float4_e2m1fn", 4),
        ("F16", "<f2", 16),
    ],
)
def test_types_that_numpy_lacks_have_their_name(kind, dtype, bits):
    data = bytes(range(8 * bits // 8))
    leaf = read(raw({"a": tensor(kind, [8], 0, len(data))}, data)).root.children[0][1]
    assert (dtype, (8,)) == (leaf.dtype, leaf.shape)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ((1 << 60).to_bytes(8, "little") + b"{}", "impossible"),
        (raw(b"{"), "not JSON"),
        (raw(b"[" * 5000), "not JSON"),
        (raw([]), "not a JSON object"),
        (raw(b'{"a":1,"a":1}'), "twice"),
        (raw({"a": 1}), "does not describe"),
        (raw({"a": tensor("F99", [1], 0, 1)}, b"1"), "unknown dtype"),
        (raw({"a": tensor("U8", [-1], 0, 1)}, b"1"), "unknown dtype"),
        (raw({"a": tensor("F32", [2**61, 8], 0, 4)}, b"1234"), "offsets of the tensor"),
        (raw({"a": tensor("U8", [1], 0, 1), "b": tensor("U8", [1], 0, 1)}, b"1"), "overlaps"),
        (raw({"a": tensor("U8", [1], 1, 2)}, b"12"), "gap"),
        (raw({"a": tensor("U8", [3], 0, 3)}, b"12"), "declares 3"),
        (raw({"a": tensor("U8", [1], 0, 1)}, b"12"), "declares 1"),
        (raw({"__metadata__": {"a": 1}}), "strings to strings"),
        (b"abc", "impossible"),
    ],
)
def test_a_header_that_lies_makes_bytes_with_a_reason(data, reason):
    tree = read(data)
    assert "bytes" == tree.format
    assert reason in tree.reason
