# SPDX-License-Identifier: Apache-2.0
"""Large arrays and bytes of pickles stay in their file; their leaves are those of small ones."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.lib.recfunctions import unstructured_to_structured

from repro_action.readers import read_artifact
from repro_action.readers.arrays import BytesPayload
from repro_action.readers.pickle import stream
from repro_action.readers.protocol import ReadOptions
from repro_action.tree import Branch, Leaf

RNG = np.random.default_rng(0)
PLAIN = RNG.random((50, 60))
ARRAYS = {
    "plain": PLAIN,
    "fortran": np.asfortranarray(PLAIN),
    "big-endian": PLAIN.astype(">f8"),
    "half": PLAIN.astype("f2"),
    "texts": np.array([f"text {index}" for index in range(500)]),
    "long double": PLAIN.astype(np.longdouble),
    "records": unstructured_to_structured(PLAIN, np.dtype([(f"c{index}", "f8") for index in range(60)])),
    "masked": np.ma.masked_array(PLAIN, PLAIN > 0.5),
    "view": PLAIN[:, ::2],
    "bytes": bytes(range(256)) * 32,
    "bytearray": bytearray(range(256)) * 32,
}
WAYS = {
    "joblib": joblib.dump,
    "zlib": lambda value, path: joblib.dump(value, path, compress=1),
    "xz": lambda value, path: joblib.dump(value, path, compress=("xz", 1)),
    **{
        f"protocol {number}": lambda value, path, number=number: path.write_bytes(
            pickle.dumps(value, protocol=number)
        )
        for number in (2, 3, 4, 5)
    },
}


def leaves(node: Branch | Leaf) -> list[Leaf]:
    return (
        [node] if isinstance(node, Leaf) else [leaf for _, child in node.children for leaf in leaves(child)]
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ARRAYS)
def test_what_stays_in_the_file_has_the_leaf_of_what_is_in_memory(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "model.joblib"
    WAYS[way]([ARRAYS[name], 1], path)
    small = read_artifact(path, ReadOptions())
    monkeypatch.setattr(stream, "_SMALL", 64)
    monkeypatch.setattr(stream, "_KEPT", 0)
    large = read_artifact(path, ReadOptions())
    assert ("joblib", "") == (large.format, large.reason)
    assert small == large
    for before, after in zip(leaves(small.root), leaves(large.root), strict=True):
        assert before.payload is None or after.payload is not None
        for size in (64, 1 << 20) if before.payload is not None else ():
            one, other = (list(map(bytes, leaf.payload.chunks(size))) for leaf in (before, after))
            assert one == other


def test_a_large_array_is_no_payload_in_memory(tmp_path: Path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"weights": np.zeros(1 << 16)}, protocol=5))
    (leaf,) = leaves(read_artifact(path).root)
    assert not isinstance(leaf.payload, BytesPayload)


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl"])
def test_a_model_of_many_arrays_takes_the_memory_of_a_piece(name: str, tmp_path: Path):
    path, arrays = tmp_path / name, [np.full(1 << 20, index, "f8") for index in range(8)]
    if name == "model.pkl":
        path.write_bytes(pickle.dumps(arrays, protocol=5))
    else:
        joblib.dump(arrays, path)
    read_artifact(path)
    tracemalloc.start()
    read_artifact(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2
