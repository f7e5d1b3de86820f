# SPDX-License-Identifier: Apache-2.0
"""Chunks of HDF5 datasets by their bytes: what they may expand to."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.storage import Filter, Place, fill_from_chunks
from repro_action.readers.protocol import BytesSource, ReadContext

WIDE = 1 << 20


def fill(rows, context):
    """Fill an array of one column from compressed chunks of a row each that are 1 MiB wide."""
    chunk = zlib.compress(bytes([7]) * WIDE)
    keys = b"".join(struct.pack("<IIQQQQ", len(chunk), 0, row, 0, 0, 0) for row in range(rows))
    tree = b"TREE\1\0" + struct.pack("<HQQ", rows, 0, 0) + keys
    source = BytesSource("a.h5", chunk + tree)
    blocks = Blocks(source=source, file=io.BytesIO(source.data), context=context)
    place = Place(chunk=(1, WIDE), index=(0, HdfCursor(struct.pack("<Q", len(chunk)))))
    array = np.zeros((rows, 1), np.uint8)
    fill_from_chunks(place, (Filter(id=1, values=()),), blocks, array, (-1, -1))
    return array


def test_chunks_that_are_larger_than_their_dataset_are_read():
    assert np.array_equal(np.full((3, 1), 7, np.uint8), fill(3, ReadContext()))


def test_chunks_that_are_far_larger_than_their_dataset_together_are_not_expanded():
    context = ReadContext()
    with pytest.raises(ArtifactUnreadable, match="its chunks are larger than the dataset"):
        fill(80, context)
    assert context.meter.expanded <= 64 << 20
