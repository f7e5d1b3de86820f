# SPDX-License-Identifier: Apache-2.0
"""Numbers ahead of a model's arrays that change what is loaded; each is changed in a file that a library wrote."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext

DATA = Path(__file__).parents[3] / "formats" / "data"


def read(path, data):
    return read_source(BytesSource(path.name, data), ReadContext(nest=read_source))


def patched(data, at, number):
    return data[:at] + struct.pack("<i", number) + data[at + 4 :]


@pytest.mark.parametrize(
    ("behind", "offset"),
    [(b"binf", 28), (b"binf", 32), (b"gbtree", 4)],
    ids=["targets", "base score from the mean", "parallel trees"],
)
def test_parameters_of_an_old_model_of_xgboost_are_content(behind, offset):
    path = DATA / "xgboost-binary" / "one" / "model.deprecated"
    data = path.read_bytes()
    at = data.index(behind) + len(behind) + offset
    whole = read(path, data)
    assert "xgboost-binary" == whole.format
    assert whole.root != read(path, patched(data, at, 7)).root


def test_the_type_of_a_number_of_gguf_is_content():
    path = DATA / "gguf" / "one" / "model.gguf"
    data = path.read_bytes()
    at = data.index(b"block_count") + len(b"block_count")
    signed = read(path, patched(data, at, 5))
    assert "gguf" == signed.format
    assert read(path, data).root != signed.root
