# SPDX-License-Identifier: Apache-2.0
"""Indices of chunks of HDF5 in all their forms; h5py 3.16 wrote the file with `libver="latest"`.

`pages` and `super` are empty but for a few elements, `columns` grows in its second dimension, `bounded` may
grow to a shape that it does not have, and `fixed` cannot grow.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.hdf5.extensible import ExtensibleArray

FILE = Path(__file__).parents[3] / "data" / "hdf5" / "grows.h5"


def filled(size, dtype, start, values):
    array = np.zeros(size, dtype)
    array[start : start + len(values)] = values
    return array


EXPECTED = {
    "pages": filled(300_000, "<f4", 299_000, [1, 2, 3, 4]),
    "super": filled(5_000, "<f4", 4_000, [1, 2, 3]),
    "columns": np.arange(36, dtype="<i4").reshape(4, 9),
    "bounded": np.arange(16, dtype="<i4").reshape(4, 4),
    "fixed": filled(6_000, "<i4", 5_000, [7, 8, 9]),
}


@pytest.fixture(scope="module")
def leaves():
    tree = read_artifact(FILE)
    assert ("hdf5", "") == (tree.format, tree.reason)
    return flatten(tree.root, limit=99, siblings=99, room=None)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_chunk_is_in_its_place(leaves, name):
    leaf, expected = leaves[name], EXPECTED[name]
    assert (expected.dtype.str, expected.shape) == (leaf.dtype, leaf.shape)
    assert expected.tobytes() == b"".join(leaf.payload.chunks(1 << 20))


EMPTY = zlib.decompress(
    base64.b85decode(
        b"c-rgqaB<`1lHy|K;9!7(|4^`>5yCfsipN|0`{M8662!z%!6byN5C*uI7=T*Xco={bW8!9*c^(W@11UwRUSKBxEnp"
        b"O3U|?coWP~{!Ml*{rFbXQjGq8Yp3Jl^L4C3`b7Aw$o%-kG;3=AwxAdM`{Trh_-Y-AXEz{g?nMF64~FIN"
    )
)
"""`create_dataset("a", (8,), "f4", chunks=(1,))` and nothing written, by h5py 3.16 with `libver="latest"`."""


def test_a_dataset_that_was_never_written_has_no_index(tmp_path):
    (tmp_path / "a.h5").write_bytes(EMPTY)
    tree = read_artifact(tmp_path / "a.h5")
    assert ("hdf5", "") == (tree.format, tree.reason)
    (leaf,) = (leaf for leaf in flatten(tree.root, limit=9, siblings=9, room=None).values() if leaf.shape)
    assert bytes(32) == b"".join(leaf.payload.chunks(99))


@pytest.mark.parametrize("number", [0, 5, 1_000, 1 << 30])
def test_an_index_that_names_more_blocks_than_it_may_have_is_foreseen(number):
    index = ExtensibleArray(blocks=None, width=8, bits=4, direct=0, smallest=1, page=1 << 10, data=[])
    index.data.extend([0] * 1_000)
    with pytest.raises(ArtifactUnreadable):
        index._below(40, 1, 1, number)
