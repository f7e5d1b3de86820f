# SPDX-License-Identifier: Apache-2.0
"""NumPy's `.npy`."""

from __future__ import annotations

import io

import numpy as np
import pytest

from repro_action.readers import HEAD, read_artifact, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import BytesSource, ReadContext, ReadOptions
from repro_action.readers.tensors.npy_file import NpyReader


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def raw(header, data=b"", version=1):
    text = header.encode()
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + len(text).to_bytes(2 if version == 1 else 4, "little")
        + text
        + data
    )


def read(data, **options):
    return read_source(BytesSource("a.npy", data), ReadContext(nest=read_source, **options))


def test_it_is_recognized_by_its_start_and_not_by_its_name():
    data = npy(np.arange(3))
    assert NpyReader().recognizes(BytesSource("model", data), data[:HEAD])
    assert "bytes" == reader_for(BytesSource("x.npy", b"\0\1"), b"\0\1").name


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0).reshape(2, 3), np.array(2), np.zeros((0, 4)), np.array(["x", "é"]), np.array([1 + 2j])],
)
@pytest.mark.parametrize(
    "change", [lambda a: a, lambda a: a.copy(order="F"), lambda a: a.astype(a.dtype.newbyteorder(">"))]
)
def test_the_leaf_is_that_of_the_array_whatever_its_order(array, change):
    assert array_leaf(array, ReadContext()) == read(npy(change(array))).root


def test_one_changed_value_changes_the_leaf():
    assert read(npy(np.array([1.0, 2.0]))).root.digest != read(npy(np.array([1.0, 2.5]))).root.digest


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_gives_the_same_leaf(version):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(4), version=version)
    assert read(npy(np.arange(4))).root == read(file.getvalue()).root


def test_structures_are_read():
    array = np.array([(1, 2.5)], np.dtype([("a", "u1"), ("b", ">f8")], align=True))
    assert array_leaf(array, ReadContext()) == read(npy(array)).root


GOOD = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw(GOOD, b"\0" * 15), "fewer"),
        (raw(GOOD, b"\0" * 17), "more"),
        (raw(GOOD)[:30], "inside its header"),
        (raw(GOOD, version=9), "version"),
        (raw(GOOD.replace("(2,)", f"({2**62}, 8)")), "fewer"),
        (raw(GOOD.replace("(2,)", f"({2**64},)")), "impossible shape"),
        (raw(GOOD.replace("(2,)", "(-1,)")), "impossible shape"),
        (raw(GOOD.replace("(2,)", "(True,)")), "impossible shape"),
        (raw(GOOD.replace("<f8", "|V0").replace("(2,)", f"({2**60},)")), "zero bytes"),
        (raw(GOOD.replace("<f8", "nonsense")), "unknown dtype"),
        (raw(GOOD.replace("'<f8'", "('<f8', (2,))")), "dtype"),
        (raw("__import__('os').system('true')"), "not a Python literal"),
        (raw("(" * 60_000), "not a Python literal"),
        (raw("[]"), "lacks"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\x7f", "longer than"),
    ],
)
def test_what_is_malformed_becomes_bytes_with_a_reason(data, reason):
    tree = read(data)
    assert "bytes" == tree.format
    assert tree.reason.startswith("npy: ")
    assert reason in tree.reason


def test_an_array_of_objects_is_read_without_being_executed():
    tree = read(npy(np.array([{"a": 1}, None], dtype=object), allow_pickle=True))
    assert tree.format in {"npy", "bytes"}
    assert "npy" == tree.format or "Python objects" in tree.reason


def test_a_file_is_streamed(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(100.0))
    tree = read_artifact(tmp_path / "a.npy", ReadOptions(algorithm="sha256", statistics=False))
    assert ("npy", "leaf1-sha256", None) == (tree.format, tree.root.digest.algorithm, tree.root.stats)
