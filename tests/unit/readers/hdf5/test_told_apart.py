# SPDX-License-Identifier: Apache-2.0
"""HDF5 files that h5py loads to different values, though the bytes of their elements are the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext

FILES = Path(__file__).parents[3] / "data" / "hdf5" / "told_apart.zip"
"""Written by `tests/formats/writers/hdf5_types.py`."""

with zipfile.ZipFile(FILES) as archive:
    CONTENTS = {name: archive.read(name) for name in archive.namelist()}
PAIRS = sorted({name.partition("/")[0] for name in CONTENTS})


def read(data):
    return read_source(BytesSource("a.h5", data), ReadContext(nest=read_source))


def digests(tree):
    return {path: str(leaf.digest) for path, leaf in flatten(tree.root, room=None).items()}


@pytest.mark.parametrize("name", PAIRS)
def test_what_h5py_tells_apart_has_two_trees_or_is_not_read(name):
    one, other = (read(CONTENTS[f"{name}/{side}.h5"]) for side in "ab")
    if name == "another file":
        assert {"hdf5: elements of a dataset lie in another file, which is not supported"} == {
            one.reason,
            other.reason,
        }
    else:
        assert [("hdf5", "")] * 2 == [(tree.format, tree.reason) for tree in (one, other)]
    assert digests(one) != digests(other)


FIXED = CONTENTS["a fixed size/a.h5"]
FILLED, TYPED = b"\x05\x02\0\1", b"\x03\x02\0\1"
"""The heads of a message of a fill value and of a datatype, both of two bytes."""


def test_a_dataset_with_two_types_is_not_read():
    assert 1 == FIXED.count(FILLED)
    assert "hdf5: a dataset has two messages of one kind" == read(FIXED.replace(FILLED, TYPED)).reason


def test_a_text_is_as_long_as_its_dataset_says():
    data = CONTENTS["a fixed size/b.h5"]
    places = [at for at in range(len(data)) if data.startswith(b"\3\0\0\0", at)]
    reasons = {read(data[:at] + b"\2" + data[at + 1 :]).reason for at in places}
    assert "hdf5: a string is of another length than its dataset says" in reasons
