# SPDX-License-Identifier: Apache-2.0
"""Datatypes of HDF5 by their bytes (HDF5 File Format Specification 3.0, IV.A.2.d)."""

from __future__ import annotations

import struct

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import HdfCursor
from repro_action.readers.hdf5.datatypes import read_type

INT8 = struct.pack("<BBBBIHH", 0x10, 8, 0, 0, 1, 0, 8)


def enumeration(last):
    names = [*(f"name_{number:030}" for number in range(200)), last]
    head = struct.pack("<B3sI", 0x38, len(names).to_bytes(3, "little"), 1)
    return head + INT8 + b"".join(name.encode() + b"\0" for name in names) + bytes(range(len(names)))


def test_the_last_of_many_names_of_an_enumeration_is_content():
    one, two = (read_type(HdfCursor(enumeration(last))) for last in ("a", "b"))
    assert one.label.startswith("enum ")
    assert len(one.label) < 5000
    assert one.label != two.label


def test_an_element_larger_than_any_array_is_foreseen():
    with pytest.raises(ArtifactUnreadable, match="a datatype in it is malformed"):
        read_type(HdfCursor(struct.pack("<B3sI", 0x15, bytes(3), 3 << 30)))
