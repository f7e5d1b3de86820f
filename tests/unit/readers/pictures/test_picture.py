# SPDX-License-Identifier: Apache-2.0
"""Pictures that Pillow decodes: none with fewer bits than they have, and large ones some rows at a time."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.pictures import picture_file
from repro_action.readers.protocol import BytesSource, ReadContext


def read(data, name="a.tif"):
    return read_source(BytesSource(name, data), ReadContext(nest=read_source))


def tiff(samples, bits, pixels):
    """Return a picture of one row, as the TIFF specification, revision 6, has it."""
    depths = struct.pack(f"<{samples}H", *[bits] * samples)
    width = len(pixels) // (samples * bits // 8)
    entries = [
        (256, 3, 1, width), (257, 3, 1, 1), (258, 3, samples, 8 if samples > 2 else bits),
        (259, 3, 1, 1), (262, 3, 1, 2 if samples == 3 else 1), (273, 4, 1, 8 + len(depths)),
        (277, 3, 1, samples), (278, 3, 1, 1), (279, 4, 1, len(pixels)),
    ]  # fmt: skip
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    start = 8 + len(depths) + len(pixels)
    return (
        b"II*\0" + struct.pack("<I", start) + depths + pixels
        + struct.pack("<H", len(entries)) + directory + bytes(4)
    )  # fmt: skip


def test_colours_of_sixteen_bits_are_never_compared_as_eight():
    one, other = (read(tiff(3, 16, bytes([low, 7] * 6))) for low in (1, 2))
    assert one.root != other.root


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "JPEG", "BMP"])
def test_rows_decoded_apart_are_those_of_the_whole(kind, monkeypatch):
    pixels = (np.arange(97 * 61 * 3) % 251).astype("u1").reshape(97, 61, 3)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
    whole = read(file.getvalue())
    monkeypatch.setattr(picture_file, "CHUNK", 1000)
    tree = read(file.getvalue())
    assert whole.root == tree.root
    contents = [b"".join(flatten(each.root)["pixels"].payload.chunks(777)) for each in (whole, tree)]
    assert contents[0] == contents[1]


@pytest.mark.parametrize("end", [b"!", b"!\xf9\1", b"," + bytes(8)])
def test_whatever_pillow_raises_of_a_damaged_picture_is_foreseen(end):
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    tree = read(b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + frame + end, "a.gif")
    assert "it cannot be decoded: index out of range" in tree.reason
