# SPDX-License-Identifier: Apache-2.0
"""Folders of Zarr: what is content, what is not, and what is said where an array cannot be read."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest

from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.zarr import chunks

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
        ({"filters": [{"id": "delta"}]}, {}, "filters that are not read"),
        ({"compressor": {"id": "lossy"}}, {}, "went through 'lossy', which is not read"),
        ({"dtype": "|O"}, {}, "of the type |O, which is not read"),
        ({"dtype": "<f8"}, {}, "another number of bytes than its shape says"),
        ({"shape": [1 << 40], "chunks": [1 << 40]}, {}, "an array declares"),
        ({"shape": [1 << 61], "chunks": [1]}, {}, "an array declares"),
        ({"shape": [1 << 23], "chunks": [1], "dtype": "|u1"}, {}, "it has 8388608 chunks"),
        ({"chunks": [0]}, {}, "shape of its chunks is malformed"),
        ({"shape": "x"}, {}, "its shape is malformed"),
        ({}, {"9": "more"}, "'9' in its folder is no chunk of it"),
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
