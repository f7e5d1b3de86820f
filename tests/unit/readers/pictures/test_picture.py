# SPDX-License-Identifier: Apache-2.0
"""Pictures that Pillow decodes: none with fewer bits than they have, and large ones some rows at a time."""

from __future__ import annotations

import io
import itertools
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


def pages(*entries, sub=()):
    """Return BigTIFF of pictures of 2 x 1 pixels, each with more tags; `sub` are inside of the first."""
    out, places = bytearray(b"II" + struct.pack("<HHHQ", 43, 8, 0, 0)), []
    links = []
    for number, more in enumerate((*entries, *sub)):
        tags = {256: 2, 257: 1, 258: 8, 259: 1, 262: 1, 273: len(out), 277: 1, 278: 1, 279: 2, **more}
        out += bytes([number, 7])
        inside = sub if sub and not number else ()
        if inside:
            tags[330] = 0
        places.append(len(out))
        out += struct.pack("<Q", len(tags))
        for tag, value in sorted(tags.items()):
            values = value if isinstance(value, tuple) else (value,)
            if tag == 330:
                links.append(len(out) + 12)
            out += struct.pack("<HHQ", tag, 16 if tag in {273, 330} else 3, len(values))
            packed = (
                struct.pack("<Q", values[0])
                if tag in {273, 330}
                else struct.pack(f"<{len(values)}H", *values)
            )
            out += packed.ljust(8, b"\0")
        out += bytes(8)
    out[8:16] = struct.pack("<Q", places[0])
    for before, place in itertools.pairwise(places[: len(entries)]):
        at = before + 8 + 20 * struct.unpack_from("<Q", out, before)[0]
        out[at : at + 8] = struct.pack("<Q", place)
    for at in links:
        out[at : at + 8] = struct.pack("<Q", places[len(entries)])
    return bytes(out)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pages({262: 0}, {262: 1}), pages({262: 1}, {262: 0})),
        (pages({320: (1, 2, 3)}), pages({320: (1, 2, 4)})),
        (pages({338: 1}), pages({338: 2})),
        (pages({274: 6}), pages({})),
        (pages({}, sub=({},)), pages({})),
        (pages({}, sub=({},)), pages({}, {})),
    ],
    ids=["photometry", "palette", "alpha", "orientation", "a picture inside", "inside and behind"],
)
def test_what_says_how_samples_are_shown_is_content(one, other):
    first, second = read(one), read(other)
    assert [("tiff", "")] * 2 == [(tree.format, tree.reason) for tree in (first, second)]
    assert flatten(first.root) != flatten(second.root)


def test_the_usual_orientation_may_be_written_or_not():
    assert read(pages({274: 1})).root == read(pages({})).root


def test_bits_in_reverse_order_are_not_decoded():
    assert "its bits are in reverse order" in read(pages({266: 2})).reason


def test_a_picture_inside_of_one_that_pillow_decodes_is_read():
    data = tiff(1, 8, b"ab")
    count = struct.unpack_from("<H", data, len(data) - 4 - 12 * 9 - 2)[0]
    place = len(data)
    more = (
        data[: -4 - 12 * count - 2]
        + struct.pack("<H", count + 1)
        + data[-4 - 12 * count : -4]
        + struct.pack("<HHII", 330, 4, 1, place + 12)
        + bytes(4)
    )
    directory = data[-4 - 12 * count - 2 :]
    assert read(data).root != read(more + directory).root
    assert "frames[0].sub[0]" in flatten(read(more + directory).root)
