# SPDX-License-Identifier: Apache-2.0
"""What is compressed with Zstandard, and what is said where its library is missing."""

from __future__ import annotations

import importlib.util
import io
import struct
import sys
import tarfile

import pytest
from required import absent
from work import counted

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.readers.zstd import MAGIC

# A frame of a window of 1 MiB, then blocks that repeat one zero 128 KiB times (RFC 8878, 3.1.1.2).
BLOCK = ((0x20000 << 3) | 2).to_bytes(3, "little") + b"\0"
LAST = ((0x20000 << 3) | 3).to_bytes(3, "little") + b"\0"


def bomb(blocks):
    return MAGIC + b"\x00\x50" + BLOCK * (blocks - 1) + LAST


def read(data, name="table.csv.zst"):
    return read_source(BytesSource(name, data), ReadContext(nest=read_source))


@pytest.fixture
def zstandard():
    if importlib.util.find_spec("zstandard") is None:
        absent("zstandard", "needs zstandard")
    return importlib.import_module("zstandard")


def test_without_the_library_it_is_bytes_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    tree = read(bomb(1))
    assert "bytes" == tree.format
    assert "add the extra `repro-action[zstd]`" in tree.reason


def test_what_expands_suspiciously_is_bytes_and_costs_little(zstandard):
    with counted() as work:
        tree = read(bomb(10_000))
    assert "compressed: it expands to more than 200 times its size" == tree.reason
    assert work.calls < 20_000


def test_a_tar_in_it_is_a_tar(zstandard):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"hi"))
    one, other = read(plain.getvalue(), "a.tar"), read(zstandard.compress(plain.getvalue()), "a.tar.zst")
    assert ("tar", one.root) == (other.format, other.root)


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-1], lambda data: data + b"\0", lambda data: data + data[:9], lambda data: data[:4]],
)
def test_a_frame_that_is_cut_off_or_followed_is_bytes(zstandard, spoil):
    data = zstandard.compress(b"a,b\n1,2\n" * 100)
    assert "zst of table" == read(data).format
    tree = read(spoil(data))
    assert "bytes" == tree.format
    assert "compressed: the compressed data is damaged" in tree.reason


def test_a_window_that_is_too_large_is_refused(zstandard):
    frame = MAGIC + b"\x00" + struct.pack("B", 21 << 3) + LAST
    assert "compressed: the compressed data is damaged" in read(frame).reason
