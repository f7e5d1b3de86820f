# SPDX-License-Identifier: Apache-2.0
"""PNG pictures."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from work import counted

from repro_action.listing import flatten
from repro_action.readers import HEAD, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.pictures import png_bands, png_file
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.tree import Excluded

PIXELS = np.arange(4 * 5 * 3, dtype="u1").reshape(4, 5, 3)


def png(pixels=PIXELS, text=None, **options):
    info = PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, value)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=info, **options)
    return file.getvalue()


def chunk(name, content):
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def header(width, height, depth=8, color=2):
    content = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, color, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", content)


def read(data):
    return read_source(BytesSource("plot", data), ReadContext(nest=read_source))


def test_it_is_recognized_by_its_start():
    assert "png" == reader_for(BytesSource("plot", png()), png()[:HEAD]).name
    assert "bytes" == reader_for(BytesSource("plot.png", b"\x89PN"), b"\x89PN").name


def test_pixels_are_the_content_and_compression_is_not():
    tree = read(png(compress_level=1))
    assert array_leaf(PIXELS, ReadContext()) == flatten(tree.root)["pixels"]
    assert tree.root == read(png(compress_level=9)).root


def test_metadata_is_excluded_by_a_visible_rule():
    one, other = read(png(text={"Software": "A 1.0"})), read(png(text={"Software": "A 2.0"}))
    assert one.root == other.root
    assert (Excluded(path="tEXt['Software']", rule="png-metadata"),) == one.excluded


def test_resolution_is_excluded():
    assert read(png()).root == read(png(dpi=(100, 100))).root


def test_one_changed_pixel_changes_one_leaf():
    changed = PIXELS.copy()
    changed[1, 1, 1] ^= 1
    before, after = flatten(read(png()).root), flatten(read(png(changed)).root)
    assert ["pixels"] == [path for path in before if before[path] != after[path]]


def test_palette_and_mode_are_content():
    picture = Image.fromarray(PIXELS).convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    file = io.BytesIO()
    picture.save(file, "PNG")
    leaves = flatten(read(file.getvalue()).root)
    assert {"", "['PLTE']", "pixels"} == set(leaves)
    assert "PNG color type 3, 4 bit" == leaves[""].dtype


def test_chunks_that_are_not_understood_are_content():
    data = png()
    extended = data[:33] + chunk(b"caBX", b"x") + chunk(b"caBX", b"y") + data[33:]
    assert {"", "pixels", "['caBX']", "['caBX'][1]"} == set(flatten(read(extended).root))


def test_sixteen_bits_of_colour_are_not_cut_to_eight():
    def picture(low):
        row = b"\0" + bytes([1, low] * 3)
        return header(1, 1, depth=16) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")

    assert read(picture(1)).root.digest != read(picture(2)).root.digest
    assert "png" == read(picture(1)).format


def waves(shape, dtype):
    steps = np.random.default_rng(0).integers(-3, 4, shape)
    return (100 + np.cumsum(steps, axis=0) + np.cumsum(steps, axis=1)).astype(dtype)


@pytest.mark.parametrize(
    "pixels",
    [
        waves((97, 61), "u1"),
        waves((97, 61), "<u2"),
        waves((97, 61, 2), "u1"),
        waves((97, 61, 3), "u1"),
        waves((97, 61, 4), "u1"),
    ],
    ids=["gray", "sixteen bits", "gray, alpha", "colour", "colour, alpha"],
)
def test_pixels_decoded_in_bands_are_those_of_the_whole(pixels, monkeypatch):
    data = png(pixels)
    whole = read(data)
    monkeypatch.setattr(png_file, "CHUNK", 1000)
    monkeypatch.setattr(png_bands, "CHUNK", 1000)
    tree = read(data)
    assert whole.root == tree.root
    payload = flatten(tree.root)["pixels"].payload
    assert isinstance(payload, png_bands.PngBands)
    assert pixels.tobytes() == b"".join(payload.chunks(777))


def test_a_picture_that_must_be_decoded_as_a_whole_says_so_where_it_is_too_large():
    limits = Limits(memory=10_000)
    data = header(400, 400)[:-5] + b"\x01"
    data += zlib.crc32(data[12:]).to_bytes(4, "big") + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    tree = read_source(BytesSource("plot", data), ReadContext(nest=read_source, limits=limits))
    assert "bytes" == tree.format
    assert (
        "png: too large to be read as leaves: its 400 x 400 pixels cannot be decoded in pieces and take 468 KiB; "
        "the limit is 19.5 KiB (raise limits.reading_memory)"
    ) == tree.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            header(100_000, 100_000) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""),
            "expands to more",
        ),
        (png()[:-6], "inside a chunk"),
        (png()[:-12], "last chunk is missing"),
        (png() + b"x", "extra bytes"),
        (png()[:45] + b"\xff" + png()[46:], "checksum"),
        (header(5, 5) + chunk(b"IDAT", b"junk") + chunk(b"IEND", b""), "cannot be decoded"),
        (header(5, 5) + chunk(b"IEND", b""), "cannot be decoded"),
        (header(0, 5) + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "png: "),
        (header(5, 5, depth=3) + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "png: "),
    ],
)
def test_what_is_damaged_or_too_large_is_bytes_with_a_reason(data, reason):
    with counted() as work:
        tree = read(data)
    assert "bytes" == tree.format
    assert reason in tree.reason
    assert work.calls < 5_000
    assert work.cpu < 2  # 0.05 as measured
