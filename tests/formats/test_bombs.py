# SPDX-License-Identifier: Apache-2.0
"""Small files that ask for much: each is bytes with a reason, within bounds that are counted."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest
from work import counted

from repro_action.readers import Limits, read_source
from repro_action.readers.protocol import BytesSource, ReadContext

ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + step)}: &{chr(98 + step)} [{', '.join([f'*{chr(97 + step)}'] * 9)}]\n" for step in range(9)
)
ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
STREAM = zlib.compress(bytes(200 << 20), 9)


def pdf(stream):
    text = b"%%PDF-1.4\n1 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(stream)
    return text + stream + b"\nendstream\nendobj\ntrailer << >>\nstartxref\n0\n%%EOF\n"


def bmp(width, height):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def lightgbm():
    return b"tree\nversion=v4\nnum_class=1\n" + b"Tree=0\n" * 100_000 + b"end of trees\n"


BOMBS = {
    "trees.deprecated": (
        b"binf"
        + bytes(136)
        + struct.pack("<Q", 10)
        + b"reg:linear"
        + struct.pack("<Q", 6)
        + b"gbtree"
        + struct.pack("<I", 1 << 31)
        + bytes(156),
        "xgboost-binary: it declares more trees than it has",
    ),
    "rows.avro": (
        b'Obj\1\2\x16avro.schema\x10"double"\0' + bytes(16) + b"\xfe\xff\xff\xff\x0f\0" + bytes(16),
        "avro: a block declares more values than it has bytes",
    ),
    "nulls.avro": (
        b"Obj\1\2\x16avro.schema" + b'\x0c"null"\0' + bytes(16) + b"\xfe\xff\xff\xff\x0f\0" + bytes(16),
        "avro: a block declares more values than it has bytes",
    ),
    "list.ubj": (b"[$l#L" + struct.pack(">q", 1 << 60), "ubj: it is cut off"),
    "counts.ubj": (
        b"[#L" + struct.pack(">q", 1 << 40) + b"Z" * 64,
        "ubj: not a valid UBJSON file: a list is longer than the file",
    ),
    "deep.ubj": (b"[" * 5_000, "ubj: it is nested too deep"),
    "list.msgpack": (b"\xdd\xff\xff\xff\xff" + b"\xc0" * 64, "msgpack: a list is longer than the file"),
    "deep.msgpack": (b"\x91" * 5_000, "msgpack: it is nested too deep"),
    "keys.gguf": (
        b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60),
        "gguf: it is of the version 3, or declares more than it has",
    ),
    "aliases.yaml": (
        ALIASES.encode(),
        "yaml: too large to be read as leaves: with its aliases expanded, it has more values",
    ),
    "deep.yaml": (b"[" * 5_000, "yaml: not valid YAML"),
    "deep.toml": (b"a = " + b"[" * 5_000, "toml: not valid TOML"),
    "entities.xml": (ENTITIES.encode(), "xml: it has a DOCTYPE"),
    "deep.xml": (b"<a>" * 5_000, "xml: it is nested more than 200 levels deep"),
    "deep.ipynb": (b'{"cells": ' + b"[" * 5_000, "notebook: not valid JSON"),
    "stream.pdf": (pdf(STREAM), "pdf: a stream in it is cut off, or expands to more than"),
    "huge.bmp": (bmp(60_000, 60_000), "picture: too large to be read as leaves: 1 frames of 60000 x 60000"),
    "large.bmp": (bmp(10_000, 10_000), "picture: too large to be read as leaves: 1 frames of 10000 x 10000"),
    "trees.txt": (lightgbm(), "lightgbm: a tree is numbered '0' where 1 follows"),
    "pages.db": (
        b"SQLite format 3\0" + b"\x10\0" + bytes(82) + bytes(3996),
        "sqlite: the database is damaged",
    ),
    "log.wandb": (b":W&B\xe1\xbe\0" + struct.pack("<IHB", 0, 0xFFFF, 2), "wandb: it is cut off"),
    "index.h5": (
        b"\x89HDF\r\n\x1a\n\2\10\10\0" + bytes(8) + b"\xff" * 8 + bytes(8) + bytes(8),
        "hdf5: there is no object at 0",
    ),
}
"""Content by name, and the start of the reason: each ends at the bound that it is made for."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_bytes_with_a_reason_at_little_cost(name):
    data, reason = BOMBS[name]
    context = ReadContext(nest=read_source, limits=Limits(memory=16 << 20, seconds=60))
    # What loading a reader costs is no part of it, and is paid by whichever case comes first.
    read_source(BytesSource(f"small{Path(name).suffix}", b"a: 1\n"), context)
    with counted() as work:
        tree = read_source(BytesSource(name, data), context)
    assert "bytes" == tree.format
    assert tree.reason.startswith(reason)
    assert work.calls < 1_000_000


def test_a_notebook_of_many_cells_is_read_within_its_bounds():
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x\n"]}
    data = json.dumps({"cells": [cell] * 2_000, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    assert "notebook" == read_source(BytesSource("a.ipynb", data), ReadContext(nest=read_source)).format
