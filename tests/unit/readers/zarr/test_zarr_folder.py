# SPDX-License-Identifier: Apache-2.0
"""Folders of Zarr: what is content, what is not, and what is said where an array cannot be read."""

from __future__ import annotations

import gzip
import json
import struct
import zlib

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.readers.zarr import chunks, ocdbt

META = {
    "zarr_format": 2,
    "shape": [4],
    "chunks": [2],
    "dtype": "<f4",
    "fill_value": 0.0,
    "order": "C",
    "filters": None,
    "compressor": None,
}


def array(folder, meta=(), chunk=(b"\0\0\x80\x3f" * 2, None), **files):
    folder.mkdir(parents=True)
    (folder / ".zarray").write_text(json.dumps({**META, **dict(meta)}))
    for number, data in enumerate(chunk):
        if data is not None:
            (folder / str(number)).write_bytes(data)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def leaves(path):
    return flatten(read_artifact(path).root, limit=100, siblings=100, room=None)


def test_a_folder_that_is_an_array_is_one_leaf_of_all_its_elements(tmp_path):
    tree = read_artifact(array(tmp_path / "a"))
    assert ("zarr", "") == (tree.format, tree.reason)
    np.save(tmp_path / "same.npy", np.array([1, 1, 0, 0], "<f4"))
    assert read_artifact(tmp_path / "same.npy").root == tree.root


def test_chunks_compression_and_what_was_never_written_do_not_count(tmp_path):
    one = read_artifact(array(tmp_path / "one"))
    packed = zlib.compress(b"\0\0\x80\x3f" * 2 + bytes(8))
    other = array(tmp_path / "other", {"chunks": [4], "compressor": {"id": "zlib"}}, (packed,))
    assert one.root == read_artifact(other).root


@pytest.mark.parametrize(
    ("meta", "files", "words"),
    [
        ({"filters": [{"id": "delta"}]}, {}, "filters that are not supported"),
        ({"compressor": {"id": "lossy"}}, {}, "went through 'lossy', which is not supported"),
        ({"dtype": "|O"}, {}, "of the type |O, which is not supported"),
        ({"dtype": "<f8"}, {}, "does not match its shape"),
        ({"shape": [1 << 40], "chunks": [1 << 40]}, {}, "an array declares"),
        ({"shape": [1 << 61], "chunks": [1]}, {}, "an array declares"),
        ({"shape": [1 << 23], "chunks": [1], "dtype": "|u1"}, {}, "it has 8388608 chunks"),
        ({"chunks": [0]}, {}, "shape of its chunks is malformed"),
        ({"shape": "x"}, {}, "its shape is malformed"),
        ({}, {"9": "more"}, "'9' in its folder is not one of its chunks"),
        ({}, {".zattrs": "[1"}, "not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_files_and_the_reason_is_with_the_metadata(tmp_path, meta, files, words):
    array(tmp_path / "out" / "a", meta, **files)
    found = leaves(tmp_path / "out")
    assert words in found["a/.zarray"].reason
    assert "a/0" in found


def test_a_link_in_an_array_is_never_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"\0" * 8)
    (array(tmp_path / "out" / "a") / "1").symlink_to(tmp_path / "secret")
    found = leaves(tmp_path / "out")
    assert "neither file nor folder" in found["a/.zarray"].reason
    assert "text" == found["a/1"].kind


def test_a_text_that_was_never_written_and_reads_like_hexadecimal_digits_is_itself(tmp_path):
    one, other = (
        read_artifact(array(tmp_path / fill, {"dtype": "<U4", "fill_value": fill}, (None, None)))
        for fill in ("0x41", "A")
    )
    assert ["zarr", "zarr"] == [one.format, other.format]
    assert one.root != other.root


def test_many_chunks_are_refused_before_they_are_looked_for():
    with pytest.raises(Exception, match="it has 1000001 chunks"):
        next(chunks.grid((1_000_001,), (1,)))


@pytest.mark.parametrize("data", [b"", b"\x0c\xdb\x3a\x2a" + bytes(40), b"\x0c\xdb\x3a\x2a\x0d" + bytes(8)])
def test_a_database_that_cannot_be_read_is_files_with_the_reason(tmp_path, data):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "0").write_bytes(b"x")
    (tmp_path / "manifest.ocdbt").write_bytes(data)
    found = leaves(tmp_path)
    assert {"manifest.ocdbt", "d/0"} == found.keys()
    assert found["manifest.ocdbt"].reason.startswith("ocdbt: ")


NEW = {
    "zarr_format": 3,
    "node_type": "array",
    "shape": [4],
    "data_type": "uint8",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4]}},
    "chunk_key_encoding": {"name": "default"},
    "fill_value": 7,
    "codecs": [{"name": "bytes"}],
}


def new(folder, chunk=None, **meta):
    (folder / "c").mkdir(parents=True)
    (folder / "zarr.json").write_text(json.dumps(NEW | meta))
    if chunk is not None:
        (folder / "c" / "0").write_bytes(chunk)
    return read_artifact(folder)


def shard(inner, codecs=({"name": "bytes"},)):
    index = [{"name": "bytes"}]
    settings = {"chunk_shape": inner, "codecs": list(codecs), "index_codecs": index}
    return {"name": "sharding_indexed", "configuration": settings}


def reason(tree):
    found = (leaf.reason for leaf in flatten(tree.root, limit=99, siblings=99, room=None).values())
    return next((text for text in found if text.startswith("zarr: ")), "")


def test_names_of_dimensions_are_no_attribute(tmp_path):
    one = new(tmp_path / "a", dimension_names=["x"])
    two = new(tmp_path / "b", attributes={"dimension_names": ["x"]})
    assert ["zarr", "zarr"] == [one.format, two.format]
    assert one.root != two.root


def test_shards_inside_of_shards_end_soon(tmp_path):
    codec, chunk = {"name": "bytes"}, bytes(4)
    for _ in range(5):
        codec, chunk = shard([4], (codec,)), chunk + struct.pack("<QQ", 0, len(chunk))
    assert "nested too deep" in reason(new(tmp_path / "a", chunk, codecs=[codec]))


def test_chunks_of_a_shard_do_not_share_bytes(tmp_path):
    """A thousand of them would cost a thousand times what the file has."""
    part = gzip.compress(b"a")
    chunk = part + struct.pack("<QQ", 0, len(part)) * 8
    grid = {"shape": [8], "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8]}}}
    codecs = [shard([1], ({"name": "bytes"}, {"name": "gzip"}))]
    assert "share bytes" in reason(new(tmp_path / "a", chunk, codecs=codecs, **grid))


def test_the_index_of_a_shard_may_have_the_other_byte_order(tmp_path):
    parts, trees = b"\1\2\3\4", []
    for order, mark in (("little", "<"), ("big", ">")):
        index = b"".join(struct.pack(f"{mark}QQ", place, 2) for place in (0, 2))
        codec = shard([2])
        codec["configuration"]["index_codecs"] = [{"name": "bytes", "configuration": {"endian": order}}]
        trees.append(new(tmp_path / order, parts + index, codecs=[codec]))
    assert ["", ""] == [reason(tree) for tree in trees]
    assert trees[0].root == trees[1].root


@pytest.mark.parametrize("order", [[False, True], [0.0, 1.0], [0, 0], [1], 5])
def test_an_order_of_dimensions_is_one_of_whole_numbers(tmp_path, order):
    grid = {"shape": [2, 2], "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2]}}}
    codecs = [{"name": "transpose", "configuration": {"order": order}}, {"name": "bytes"}]
    folder = tmp_path / "a"
    new(folder, **grid, codecs=codecs)
    (folder / "c" / "0").mkdir()
    (folder / "c" / "0" / "0").write_bytes(bytes(4))
    assert "order of its dimensions" in reason(read_artifact(folder))


@pytest.mark.parametrize(
    "meta",
    [
        {"codecs": [{"name": "transpose", "configuration": {"order": ["0"]}}, {"name": "bytes"}]},
        {"codecs": [shard(4)]},
        {"codecs": [shard([4], codecs=())]},
        {"shape": [], "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": []}}},
    ],
)
def test_metadata_of_another_type_is_foreseen(tmp_path, meta):
    assert "did not expect" not in reason(new(tmp_path / "a", bytes(4), **meta))


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"filters": 5}, "filters are malformed"),
        ({"dimension_separator": []}, ""),
        ({"filters": [{"id": "vlen-utf8"}], "dtype": "|O", "fill_value": 2}, "fill value is not a string"),
        ({"filters": [{"id": "vlen-utf8"}], "dtype": "|O", "fill_value": -0.0}, "fill value is not a string"),
    ],
)
def test_metadata_of_version_2_of_another_type_is_foreseen(tmp_path, meta, words):
    array(tmp_path / "out" / "a", meta, (None, None))
    found = (leaf.reason for leaf in leaves(tmp_path / "out").values())
    assert any(words in reason and "did not expect" not in reason for reason in found)


def test_a_text_that_was_never_written_does_not_fill_memory(tmp_path):
    text = {"data_type": "string", "fill_value": "x" * 100_000, "codecs": [{"name": "vlen-utf8"}]}
    grid = {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10_000]}}, "shape": [10_000]}
    assert "more characters than are allowed" in reason(new(tmp_path / "a", **text, **grid))


def test_chunks_larger_than_the_array_are_counted(tmp_path):
    """Each is a few bytes of a file that says that all elements are missing."""
    side = 1 << 24
    grid = {"shape": [20, 1], "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, side]}}}
    folder = tmp_path / "a"
    new(folder, **grid, codecs=[shard([1, side])])
    for number in range(20):
        (folder / "c" / str(number)).mkdir(parents=True)
        (folder / "c" / str(number) / "0").write_bytes(b"\xff" * 16)
    assert "its chunks declare" in reason(read_artifact(folder))


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def ocdbt_node(magic, body):
    head = varint(0) + varint(0)
    return magic + struct.pack("<Q", len(body) + len(head) + 16) + head + body + bytes(4)


def doubled_database(levels):
    """Return a database each of whose nodes but the lowest has the one below it twice, under two keys."""
    name = varint(1) + varint(1) + varint(0) + b"d"
    body = b"\0" + name + varint(1) + varint(1) + b"k" + varint(1) + varint(0) + b"v"
    nodes, place = ocdbt_node(b"\x0c\xdb\x20\xde", body), 0
    for height in range(1, levels):
        keys = varint(2) + varint(0) + varint(1) * 2 + varint(1) * 2 + b"ab"
        below = varint(0) * 2 + varint(place) * 2 + varint(len(nodes) - place) * 2
        place = len(nodes)
        nodes += ocdbt_node(b"\x0c\xdb\x20\xde", bytes([height]) + name + keys + below)
    root = varint(0) + varint(place) + varint(len(nodes) - place)
    version = varint(1) + varint(1) + bytes([levels - 1]) + root
    manifest = ocdbt_node(b"\x0c\xdb\x3a\x2a", bytes(16) + varint(0) * 3 + b"\0" + varint(0) + name + version)
    files = {"manifest.ocdbt": BytesSource("", manifest), "d": BytesSource("", nodes)}
    return ocdbt.read_database(files, ReadContext())


def test_a_node_of_keys_that_two_others_name_is_not_walked_again_and_again():
    assert {"k": b"v"} == {key: source.data for key, source in doubled_database(1).items()}
    with pytest.raises(ArtifactUnreadable, match="its nodes refer to each other"):
        doubled_database(9)


def test_keys_that_share_long_beginnings_do_not_fill_memory():
    count, long = 1000, 2000
    shared = b"".join(map(varint, [long] * (count - 1))) + b"".join(map(varint, [long] + [0] * (count - 1)))
    cursor = ocdbt.OcdbtCursor(shared + bytes(long))
    assert count == len(cursor.keys(count, shared=False)[0])
    cursor = ocdbt.OcdbtCursor(shared.replace(varint(long), varint(5000)) + bytes(5000))
    with pytest.raises(ArtifactUnreadable, match="too long"):
        cursor.keys(count, shared=False)


def test_names_of_a_node_that_grow_by_a_byte_each_do_not_fill_memory_together():
    count = 10_000
    prefixes, suffixes = [*range(1, count)], [1] * count
    data = b"".join(map(varint, [*(min(one, 4_000) for one in prefixes), *suffixes])) + bytes(count)
    with pytest.raises(ArtifactUnreadable, match="too long"):
        ocdbt.OcdbtCursor(data).keys(count, shared=False)


def test_a_node_has_no_more_entries_than_any_that_is_written():
    assert 250_000 == ocdbt.OcdbtCursor(bytes(1 << 20)).checked(250_000)
    with pytest.raises(ArtifactUnreadable, match="more than it has"):
        ocdbt.OcdbtCursor(bytes(1 << 20)).checked(250_001)
