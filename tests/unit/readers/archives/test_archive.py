# SPDX-License-Identifier: Apache-2.0
"""Zip and tar archives, and compressed files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import numpy as np
import pytest
from work import counted

from repro_action.listing import flatten
from repro_action.readers import HEAD, read_artifact, read_source, reader_for
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.tree import Kind

FILES = {"a.txt": b"hello\n", "deep/b.json": b'{"x": [1, 2]}', "deep/c.bin": b"\0\1"}


def zipped(files=FILES, compression=zipfile.ZIP_DEFLATED, year=2000, mode=0o644):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = (0o100000 | mode) << 16
            info.compress_type = compression
            archive.writestr(info, data)
    return file.getvalue()


def tarred(files=FILES, *, layout=tarfile.PAX_FORMAT, mtime=0, **attributes):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=layout) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), mtime
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def read(data, name="x", **limits):
    return read_source(BytesSource(name, data), ReadContext(nest=read_source, limits=Limits(**limits)))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped(), "zip"),
        (zipped({}), "zip"),
        (tarred(), "tar"),
        (gzip.compress(tarred(), mtime=0), "tar"),
        (bz2.compress(tarred()), "tar"),
        (lzma.compress(tarred()), "tar"),
        (gzip.compress(b"text", mtime=0), "compressed"),
        (b"PK", "text"),
        (b"\x1f\x8b", "bytes"),
    ],
)
def test_archives_are_recognized_by_their_start(data, name):
    assert name == reader_for(BytesSource("x", data), data[:HEAD]).name


def test_members_are_read_by_the_registry():
    assert {"a.txt": "utf-8, 1 lines", "deep/b.json['x']": "<i8", "deep/c.bin": ""} == {
        path: leaf.dtype for path, leaf in flatten(read(zipped()).root).items()
    }


@pytest.mark.parametrize(
    "other",
    [
        zipped(dict(reversed(FILES.items()))),
        zipped(compression=zipfile.ZIP_STORED),
        zipped(year=2020, mode=0o600),
        tarred(),
        tarred(layout=tarfile.GNU_FORMAT, mtime=9, uid=7, uname="me", mode=0o600),
        gzip.compress(tarred(), mtime=1),
        gzip.compress(tarred(), mtime=2),
        bz2.compress(tarred()),
        lzma.compress(tarred()),
    ],
)
def test_order_times_owners_and_compression_do_not_count(other):
    assert read(zipped()).root == read(other).root


def test_an_archive_equals_the_folder_that_it_was_made_of(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read_artifact(tmp_path).root == read(tarred()).root


def test_the_executable_bit_is_content():
    plain, executable = flatten(read(zipped()).root), flatten(read(zipped(mode=0o755)).root)
    assert {f"{name} (executable)" for name in FILES} == {
        path.removesuffix("['x']") for path in set(executable) - set(plain)
    }


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_one_changed_file_changes_one_leaf(pack):
    before = flatten(read(pack()).root)
    after = flatten(read(pack({**FILES, "a.txt": b"hullo\n"})).root)
    assert ["a.txt"] == [path for path in before if before[path] != after[path]]


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: gzip.compress(tarred(files), 1)])
def test_large_members_are_read_and_read_again(pack):
    data = np.random.default_rng(0).bytes(20 << 20)
    leaf = flatten(read(pack({"a.bin": data})).root)["a.bin"]
    assert data == b"".join(bytes(chunk) for chunk in leaf.payload.chunks(1 << 20))


def test_content_in_memory_is_let_go_beyond_the_limit():
    files = {f"{index}.json": b"[" + b"1," * 40_000 + b"1]" for index in range(12)}
    payloads = [leaf.payload for leaf in flatten(read(zipped(files), memory=3_000_000).root).values()]
    small = [leaf.payload for leaf in flatten(read(zipped(files), memory=128 << 20).root).values()]
    assert (12, 0) == (len(small), small.count(None))
    assert 0 < payloads.count(None) < 12


def test_a_link_is_recorded_and_not_followed():
    tree = read(tarred({"a": b""}, type=tarfile.SYMTYPE, linkname="../../etc/passwd"))
    assert Kind.TEXT == flatten(tree.root)["a"].kind
    assert tree.root != read(tarred({"a": b""}, type=tarfile.SYMTYPE, linkname="elsewhere")).root


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_hard_links_and_devices_are_unreadable_with_a_reason(kind):
    leaf = flatten(read(tarred({"a": b""}, type=kind, linkname="b")).root)["a"]
    assert (Kind.UNREADABLE, True) == (leaf.kind, bool(leaf.reason))


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a/.."])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_that_lead_out_are_refused(pack, name):
    tree = read(pack({name: b"x"}))
    assert ("bytes", True) == (tree.format, "points outside" in tree.reason)


@pytest.mark.parametrize(
    "files", [[("a", b"1"), ("a", b"2")], [("a", b"1"), ("./a", b"2")], [("a", b"1"), ("a/b", b"2")]]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_twice_are_refused(files):
    for data in (zipped(files), tarred(files)):
        tree = read(data)
        assert ("bytes", True) == (tree.format, "twice" in tree.reason or "both" in tree.reason)


def test_a_compressed_file_is_its_content():
    assert read(b"hello\n", "a.txt").root == read(gzip.compress(b"hello\n"), "a.txt.gz").root
    assert "gz of json" == read(gzip.compress(b"[1]"), "a.json.gz").format


def nest(levels, data=b"x"):
    for _ in range(levels):
        data = zipped({"a.zip": data})
    return data


def test_archives_in_archives_are_read_to_four_levels():
    assert Kind.TEXT == flatten(read(nest(4)).root)["a.zip/a.zip/a.zip/a.zip"].kind
    deep = flatten(read(nest(5)).root)["a.zip/a.zip/a.zip/a.zip"]
    assert (Kind.BYTES, True) == (deep.kind, "deep" in deep.reason)


def overlapping():
    data = bytearray(zipped({"a": b"x" * 100, "b": b"y" * 100}, zipfile.ZIP_STORED))
    at = data.rfind(b"PK\1\2")
    data[at + 42 : at + 46] = (10).to_bytes(4, "little")
    return bytes(data)


def giant_directory():
    data = bytearray(zipped())
    at = data.rfind(b"PK\5\6")
    data[at + 12 : at + 16] = (1 << 30).to_bytes(4, "little")
    return bytes(data)


def pax_lie():
    data = bytearray(tarred({"x" * 200: b"1"}))
    size = data.find(b"\0", 124) and 124
    data[size : size + 12] = b"77777777777\0"
    header = bytearray(data[:512])
    header[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(header)
    return bytes(data)


HOSTILE = {
    "zip bomb": (zipped({"a": b"\0" * (100 << 20)}), "200 times"),
    "gzip bomb": (gzip.compress(b"\0" * (100 << 20), 9), "200 times"),
    "tar.gz bomb": (gzip.compress(tarred({"a": b"\0" * (100 << 20)}), 9), "200 times"),
    "overlapping members": (overlapping(), "overlap"),
    "giant directory": (giant_directory(), "directory is too large"),
    "giant tar header": (pax_lie(), "header of"),
    "no directory": (b"PK\3\4" + b"\0" * 100, "directory is missing"),
    "cut tar": (tarred({"a": b"x" * 5000})[:2000], "cut off inside"),
    "cut gzip": (gzip.compress(tarred())[:-30], "damaged"),
    "cut zip": (zipped()[:-5], "directory is missing"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_or_damaged_archives_cost_little_and_give_a_reason(name):
    data, reason = HOSTILE[name]
    with counted() as work:
        tree = read(data)
    assert "bytes" == tree.format
    assert reason in tree.reason
    assert work.calls < 100_000
    assert work.cpu < 2  # 0.05 as measured


def test_a_damaged_member_makes_the_archive_bytes_with_a_reason():
    data = bytearray(zipped({"a.bin": np.random.default_rng(0).bytes(3 << 20)}, zipfile.ZIP_STORED))
    data[2 << 20] ^= 1
    tree = read(bytes(data))
    assert ("bytes", True) == (tree.format, "CRC" in tree.reason)


def test_an_encrypted_archive_is_bytes_with_a_reason():
    data = bytearray(zipped({"a": b"x"}))
    data[data.rfind(b"PK\1\2") + 8] |= 1
    assert "encrypted" in read(bytes(data)).reason
