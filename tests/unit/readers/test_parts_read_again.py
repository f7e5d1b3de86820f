# SPDX-License-Identifier: Apache-2.0
"""Columns and datasets that do not stay in memory have the leaves, and the contents, of those that do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from required import absent

from repro_action.readers import read_artifact
from repro_action.readers.arrays import BytesPayload
from repro_action.readers.hdf5 import hdf5_file
from repro_action.readers.tables import arrow_file
from repro_action.tree import Branch, Leaf

DATA = Path(__file__).parents[2] / "formats" / "data"


def leaves(node: Branch | Leaf) -> list[Leaf]:
    return (
        [node] if isinstance(node, Leaf) else [leaf for _, child in node.children for leaf in leaves(child)]
    )


@pytest.mark.parametrize("name", ["hdf5", "netcdf", "keras-h5", "parquet", "parquet-pandas"])
def test_what_is_read_again_is_what_was_digested(name: str, monkeypatch: pytest.MonkeyPatch):
    if name.startswith("parquet") and importlib.util.find_spec("pyarrow") is None:
        absent("pyarrow", "needs pyarrow")
    path = next((DATA / name / "two").iterdir())
    kept = read_artifact(path)
    for module in (hdf5_file, arrow_file):
        monkeypatch.setattr(module, "_SMALL", -1)
    stored = read_artifact(path)
    assert kept == stored
    others = 0
    for one, other in zip(leaves(kept.root), leaves(stored.root), strict=True):
        if one.payload is None or other.payload is None:
            continue
        others += isinstance(one.payload, BytesPayload) and not isinstance(other.payload, BytesPayload)
        assert b"".join(one.payload.chunks(64)) == b"".join(other.payload.chunks(64))
    assert others or name.startswith("keras")
