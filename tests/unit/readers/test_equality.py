# SPDX-License-Identifier: Apache-2.0
"""Two contents that a format's own loader tells apart have two trees, or one of them is unreadable by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import pickle
import shutil
import stat
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from work import counted

from repro_action.codec.tables import TableError, read_table
from repro_action.listing import flatten
from repro_action.readers import read_artifact, read_source
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.tree import Kind, Statistics

HOSTILE = Path(__file__).parents[2] / "data" / "hostile"


def read(data, name="a.pkl", **limits):
    return read_source(BytesSource(name, data), ReadContext(nest=read_source, limits=Limits(**limits)))


def lines(data, name="a.pkl"):
    return flatten(read(data, name).root, limit=5000)


def pickled(value):
    return lines(pickle.dumps(value))


NAN = float("nan")
OTHER_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]

UNLIKE = {
    "a list and a dict of places": ([1, 2], {0: 1, 1: 2}),
    "no element and no key": ([], {}),
    "a tuple and a list": ((1,), [1]),
    "a set and a frozen one": ({1}, frozenset({1})),
    "bytes and a bytearray": (b"a", bytearray(b"a")),
    "one and true": (1, True),
    "one and one point zero": (1, 1.0),
    "zero and minus zero": (0.0, -0.0),
    "keys that are zero and minus zero": ({0.0: 1}, {-0.0: 1}),
    "keys that are one and true": ({1: 1}, {True: 1}),
    "two keys that are NaN": ({float("nan"): 1, float("nan"): 2}, {float("nan"): 2}),
    "keys in tuples that are NaN": ({(float("nan"),): 1, (NAN,): 2}, {(float("nan"),): 2}),
    "keys with other bits of NaN": ({NAN: 1}, {OTHER_NAN: 1}),
    "fill values": (
        np.ma.array([1.0, 2.0], mask=[0, 1], fill_value=3.0),
        np.ma.array([1.0, 2.0], mask=[0, 1], fill_value=4.0),
    ),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_values_that_are_not_the_same_have_two_trees(name):
    one, other = UNLIKE[name]
    for wrap in (lambda value: value, lambda value: [value], lambda value: {"k": (value,)}):
        assert pickled(wrap(one)) != pickled(wrap(other))


@pytest.mark.parametrize(
    ("one", "other"), [("[1, 2.0]", "[1.0, 2.0]"), ("[[0, 0.5]]", "[[0.0, 0.5]]"), ("[]", "{}")]
)
def test_whole_numbers_among_others_are_not_the_same_in_json(one, other):
    assert lines(one.encode(), "a.json") != lines(other.encode(), "a.json")
    assert [leaf.dtype for leaf in lines(one.encode(), "a.json").values()] != [] or one == "[]"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"acc": 0.1, "acc": 1.0}', "m.json"),
        (b'{"a": {"b": 1, "b": 2}}', "m.json"),
        (b"acc: 0.1\nacc: 1.0\n", "m.yaml"),
        (b"a:\n  - b: 1\n    b: 2\n", "m.yaml"),
        (b"acc = 1\nacc = 2\n", "m.toml"),
        (b'{"a.b": 1, "a": {"b": 2}}', "m.json"),
        (b"1: a\n'1': b\n", "m.yaml"),
    ],
)
def test_metrics_with_a_key_twice_are_refused(data, name):
    with pytest.raises(TableError):
        read_table(data, name)


COMPRESS = {"gz": lambda data: gzip.compress(data, mtime=0), "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("codec", COMPRESS)
def test_bytes_behind_the_end_of_a_stream_are_no_secret(codec):
    whole = COMPRESS[codec](b"hello\n")
    assert f"{codec} of text" == read(whole, f"a.txt.{codec}").format
    for tail in (b"x", b"more of it", b"\0\0\0\0x"):
        found = read(whole + tail, f"a.txt.{codec}")
        assert "bytes" == found.format
        assert "damaged" in found.reason
    assert "bytes" == read(whole[:-1], f"a.txt.{codec}").format


@pytest.mark.parametrize("codec", COMPRESS)
def test_several_streams_are_one_content(codec):
    parts = COMPRESS[codec](b"hel") + COMPRESS[codec](b"lo\n")
    assert lines(COMPRESS[codec](b"hello\n"), f"a.txt.{codec}") == lines(parts, f"a.txt.{codec}")
    value = pickle.dumps({"a": 1}, 4)
    parts = COMPRESS[codec](value[:9]) + COMPRESS[codec](value[9:])
    assert lines(COMPRESS[codec](value), "a.joblib") == lines(parts, "a.joblib")
    assert "bytes" == read(COMPRESS[codec](value) + b"tail", "a.joblib").format


def archive(*members):
    """Return a zip of `(name, data[, mode])`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, data, *mode in members:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            made.writestr(info, data)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


LINK = stat.S_IFLNK | 0o777
ARRAY = npy(np.arange(3))
TRUE = pickle.dumps(True)
TWINS = {
    "a link and a text": (archive(("a.json", "x", LINK)), archive(("a.json", '"link to x"'))),
    "a link and a pickled text": (archive(("a", "x", LINK)), archive(("a", pickle.dumps("link to x")))),
    "ends of long targets": (
        archive(("a", "x" * 5000 + "1", LINK)),
        archive(("a", "x" * 5000 + "2", LINK)),
    ),
    "content of a folder": (archive(("a/", b"")), archive(("a/", b"weights"))),
    "an array in a file and a file of that name": (
        archive(("m.npz", archive(("a.npy", ARRAY)))),
        archive(("m.npz['a']", ARRAY)),
    ),
    "the mark of a program and a file of that name": (
        archive(("x", b"\0", stat.S_IFREG | 0o755)),
        archive(("x", b"\0"), ("x (executable)", TRUE)),
    ),
    "an archive and a folder": (
        archive(("a.zip", archive(("b.bin", b"\0")))),
        archive(("a.zip/b.bin", b"\0")),
    ),
    "an archive without a suffix and a folder": (
        archive(("a", archive(("b.bin", b"\0")))),
        archive(("a/b.bin", b"\0")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_members_that_read_alike_are_not_the_same(name):
    one, other = TWINS[name]
    assert lines(one, "x.zip") != lines(other, "x.zip")


def sparse(path, layout, content, at, size):
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(at)
        file.write(content)
    out = path.with_suffix(".tar")
    command = [
        "tar",
        "--sparse",
        f"--format={layout}",
        "--mtime=@0",
        "-C",
        str(path.parent),
        "-cf",
        str(out),
        path.name,
    ]
    subprocess.run(command, check=True)
    return out


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("tar") is None, reason="needs GNU tar")
@pytest.mark.parametrize("layout", ["gnu", "pax"])
def test_sparse_members_are_read(layout, tmp_path):
    path = tmp_path / "w.bin"
    cases = [
        (b"one", 500_000, 1 << 20),
        (b"two", 500_000, 1 << 20),
        (b"one", 600_000, 1 << 20),
        (b"one", 500_000, 1 << 21),
    ]
    found = []
    for content, at, size in cases:
        sparse_tar = sparse(path, layout, content, at, size)
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as made:
            info = tarfile.TarInfo("w.bin")
            info.size = size
            made.addfile(info, io.BytesIO(path.read_bytes()))
        assert lines(plain.getvalue(), "a.tar") == flatten(read_artifact(sparse_tar).root)
        assert flatten(read_artifact(sparse_tar).root) == lines(
            gzip.compress(sparse_tar.read_bytes()), "a.tar.gz"
        )
        found.append(flatten(read_artifact(sparse_tar).root)["w.bin"].digest)
    assert len(set(found)) == len(cases)


def test_what_follows_a_tar_is_refused():
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as out:
        out.addfile(tarfile.TarInfo("a"), io.BytesIO())
    assert "tar" == read(made.getvalue(), "a.tar").format
    found = read(made.getvalue() + b"hidden".ljust(512, b"\0"), "a.tar")
    assert "bytes" == found.format
    assert "after the end" in found.reason


def png(*chunks):
    def chunk(name, content):
        return (
            len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0))
    middle = b"".join(chunk(name, content) for name, content in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + head + middle + chunk(b"IDAT", zlib.compress(b"\0\0\1")) + chunk(b"IEND", b"")
    )


def test_a_text_called_like_a_chunk_hides_nothing():
    found = read(png((b"tEXt", b"PLTE\0x"), (b"PLTE", bytes(6))), "a.png")
    assert {entry.path for entry in found.excluded}.isdisjoint(flatten(found.root))
    assert ["tEXt['PLTE']"] == [entry.path for entry in found.excluded]


def test_many_chunks_cost_no_more_than_each():
    def calls(count):
        with counted() as work:
            read(
                png((b"PLTE", bytes(6)), *((b"tEXt", b"k\0v"),) * count, *((b"juNk", b"x"),) * count), "a.png"
            )
        return work.calls

    assert calls(4000) < 3 * calls(2000)


@pytest.mark.parametrize("path", sorted(HOSTILE.iterdir()), ids=lambda path: path.name)
def test_hostile_files_are_named_and_cheap(path):
    with counted() as work:
        found = read_artifact(path)
    assert found.reason or path.name == "tuplekey.pkl"
    # The joblib file expands to 64 MiB of opcodes, which is as far as any file may go.
    assert work.calls < (30_000_000 if path.suffix == ".joblib" else 300_000)


def test_one_text_referred_to_many_times_is_kept_once():
    long = "x" * 140_000
    with counted() as work:
        root = read(pickle.dumps([long] * 20_000)).root
    assert 1 == len({id(node) for _, node in root.children})
    assert work.cpu < 60


def test_one_large_number_referred_to_many_times_is_digested_once():
    number = 1 << 200_000
    opcodes = pickle.encode_long(number)
    many = b"\x80\x02](\x8b" + struct.pack("<i", len(opcodes)) + opcodes + b"q\1" + b"h\1" * 10_000 + b"e."
    with counted() as work:
        root = read(many).root
    assert 1 == len({id(node) for _, node in root.children})
    assert work.cpu < 60


def test_json_beyond_the_memory_is_refused_by_name():
    found = read(b"[" + b'1,"a",' * 20_000 + b"1]", "a.json", memory=4 << 20)
    assert "too many to list" in found.reason or "memory" in found.reason


class Broken:
    name = "broken"

    def recognizes(self, source, head):
        raise KeyError("no such thing")


def test_an_exception_that_nobody_foresaw_is_the_artifacts_own(monkeypatch):
    from repro_action import readers
    from repro_action.readers.json.json_file import JsonReader

    def fail(self, source, context):
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(JsonReader, "read", fail)
    found = lines(archive(("a.json", b"{}"), ("b.txt", b"text\n")), "x.zip")
    assert "nobody foresaw this" in found["a.json"].reason
    assert Kind.TEXT is found["b.txt"].kind
    assert not readers._recognizes(Broken(), BytesSource("a", b""), b"")


def test_statistics_with_nan_are_equal_to_themselves():
    def made():
        nan = float("nan")
        return Statistics(count=1, nan=1, min=nan, max=math.nan, mean=nan, std=nan, l2=0.0)

    assert made() == made()
    assert hash(made()) == hash(made())
    assert made() != Statistics(count=1, nan=1, min=0.0, max=math.nan, mean=math.nan, std=math.nan, l2=0.0)


@pytest.mark.processes
def test_a_folder_that_cannot_be_read_fails_alone_and_is_still_compared(tmp_path):
    from repro_action.runs.products import read_or_digest

    found = []
    for name, content in (("a", "1"), ("b", "2"), ("c", "1")):
        deep = tmp_path / name / "/".join("d" * 210)
        deep.mkdir(parents=True)
        (deep / "w.txt").write_text(content)
        found.append(read_or_digest(tmp_path / name, "blake3"))
        subprocess.run(["rm", "-rf", tmp_path / name], check=True)  # pytest could not: it recurses
    assert ["bytes"] * 3 == [tree.format for tree in found]
    assert "nested more than 200" in found[0].reason
    assert found[0].root != found[1].root
    assert found[0].root == found[2].root
