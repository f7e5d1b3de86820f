# SPDX-License-Identifier: Apache-2.0
"""No hostile pickle costs much: seconds of a processor, memory, and work are bounded."""

import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest
from unit.readers.pickle.opcode_bytes import named, text, u4, u8
from work import HANG, counted

from repro_action.errors import ArtifactUnreadable
from repro_action.readers import read_source
from repro_action.readers.pickle.joblib_file import JoblibReader
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, Limits, ReadContext

CONTEXT = ReadContext(nest=read_source)


def read(data):
    return PickleReader().read(BytesSource("a.pkl", data), CONTEXT)


def laughs(levels=60):
    nested = ["lol"]
    for _ in range(levels):
        nested = [nested, nested, nested]
    return pickle.dumps(nested)


def test_a_billion_laughs_stay_linear():
    root = read(laughs()).root
    assert 3**60 == root.leaves


def wrapper(size, compress):
    """Return a compressed joblib file that claims and holds an array of zeros."""
    import joblib

    buffer = io.BytesIO()
    joblib.dump(np.zeros(4), buffer)
    plain = buffer.getvalue()[:-33]
    described = plain.replace(b"K\x04\x85", b"\x8a\x05" + (size // 8).to_bytes(5, "little") + b"\x85")
    assert described != plain
    frame = 11  # the frame begins behind the mark of the protocol and its own length
    length = int.from_bytes(plain[3:frame], "little") + len(described) - len(plain)
    described = described[:3] + length.to_bytes(8, "little") + described[frame:]
    return compress(described + bytes(size) + b".")


def chunked(make, pieces, tail):
    """Compress many MiB of zeros without holding them."""
    zeros = bytes(1 << 20)
    return b"".join([make.compress(zeros) for _ in range(pieces)]) + make.compress(tail) + make.flush()


def zlib_bomb():
    maker = zlib.compressobj(9)
    start = maker.compress(b"\x80\x04\x8e" + u8(1 << 28))
    return start + chunked(maker, 256, b".")


def xz_bomb():
    maker = lzma.LZMACompressor(preset=1)
    start = maker.compress(b"\x80\x04\x8e" + u8(1 << 27))
    return start + chunked(maker, 128, b".")


def text_bomb():
    maker = zlib.compressobj(9)
    start = maker.compress(b"\x80\x04\x8d" + u8(63 << 20))
    return start + chunked(maker, 63, b".")


def line_bomb():
    maker = zlib.compressobj(9)
    return maker.compress(b"V") + chunked(maker, 256, b"\n.")


def zip_bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(100 << 20))
    return buffer.getvalue()


BOMBS = {
    "zlib.joblib": zlib_bomb,
    "xz.joblib": xz_bomb,
    "gzip.joblib": lambda: gzip.compress(b"\x80\x04\x8e" + u8(200 << 20) + bytes(200 << 20) + b"."),
    "bz2.joblib": lambda: bz2.compress(b"\x80\x04\x8e" + u8(100 << 20) + bytes(100 << 20) + b"."),
    "text.joblib": text_bomb,
    "line.joblib": line_bomb,
    "array.joblib": lambda: wrapper(100 << 20, zlib.compress),
    "lists.joblib": lambda: zlib.compress(b"\x80\x04(" + b"]" * (20 << 20) + b"l."),
    "laughs.pkl": laughs,
    "deep.pkl": lambda: b"]" * 1_000_000 + b".",
    "marks.pkl": lambda: b"\x80\x02" + b"(" * 3_000_000 + b".",
    "memo.pkl": lambda: b"\x80\x04N" + b"\x94" * 3_000_000 + b".",
    "zip.pt": zip_bomb,
    "dictionary.xz.joblib": lambda: lzma.compress(
        b"\x80\x04N.", filters=[{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 28}]
    ),
}

SCRIPT = """
import sys, time, resource
from pathlib import Path
import numpy, pickletools, blake3
from repro_action.readers import reader_for, read_source
from repro_action.readers.protocol import ReadContext, FileSource
from repro_action.errors import ArtifactUnreadable
source = FileSource(Path(sys.argv[1]))
with source.open() as file:
    head = file.read(512)
start = time.process_time()
try:
    reader_for(source, head).read(source, ReadContext(nest=read_source))
    print("tree")
except ArtifactUnreadable as error:
    print(error.what)
print(time.process_time() - start)
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")]
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak or [used])[0])
"""


@pytest.mark.processes
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_little_of_the_processor_and_at_most_200_megabytes(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    reason, seconds, peak = read_alone(path)
    assert reason
    assert float(seconds) < 12  # 0.04 to 2 as measured; a neighbour on the same core makes it longer
    assert int(peak) < 200 << 20


@pytest.mark.parametrize("name", ["lists.joblib", "deep.pkl", "marks.pkl", "memo.pkl"])
def test_opcodes_are_followed_up_to_the_limits_and_no_further(name):
    reader = JoblibReader() if name.endswith("joblib") else PickleReader()
    context = ReadContext(nest=read_source, limits=Limits(nodes=10_000, memory=1 << 20))
    with counted() as work, pytest.raises(ArtifactUnreadable, match=r"more than (10000 values|1 MiB)"):
        reader.read(BytesSource(name, BOMBS[name]()), context)
    assert work.calls < 1_000_000


def read_alone(path):
    """Read a file in a process of its own; returns what it says, its seconds and its peak in bytes."""
    command = [sys.executable, "-c", SCRIPT, str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=HANG
    ).stdout.splitlines()


def test_a_wrapped_array_of_true_length_is_read():
    data = wrapper(1 << 16, zlib.compress)
    assert (1 << 13,) == JoblibReader().read(BytesSource("a.joblib", data), CONTEXT).root.shape


ONCE_AND_AGAIN = {
    "a set of one list": (
        b"]\x94(" + b"N" * 500 + b"e0" + named("builtins", "set") + b"\x940(",
        b"h\x01h\x00\x85R",
    ),
    "objects with one state": (
        b"}\x94("
        + b"".join(text(b"k%d" % i) + b"N" for i in range(500))
        + b"u0"
        + named("a", "B")
        + b"\x940(",
        b"h\x01)\x81h\x00b",
    ),
    "one text encoded": (
        text(b"a" * 100_000) + b"\x940" + text(b"latin1") + b"\x940" + named("_codecs", "encode") + b"\x940(",
        b"h\x02h\x00h\x01\x86R",
    ),
}


@pytest.mark.parametrize(("shared", "use"), ONCE_AND_AGAIN.values(), ids=list(ONCE_AND_AGAIN))
def test_contents_that_are_used_out_of_proportion_to_the_file_are_refused(shared, use):
    data = b"\x80\x04" + shared + use * 1_000 + b"l."
    context = ReadContext(nest=read_source, limits=Limits(work=2_000))
    with pytest.raises(ArtifactUnreadable, match="it refers to the same contents too often"):
        PickleReader().read(BytesSource("a.pkl", data), context)


def test_a_state_that_a_few_objects_share_is_read_for_each():
    shared, use = ONCE_AND_AGAIN["objects with one state"]
    data = b"\x80\x04" + shared + use * 4 + b"l."
    context = ReadContext(nest=read_source, limits=Limits(work=0))
    tree = PickleReader().read(BytesSource("a.pkl", data), context)
    assert len({child.digest for _, child in tree.root.children}) == 1


def test_a_list_of_itself_is_refused_early():
    data = b"\x80\x04]\x94(" + b"h\x00" * 40_000 + b"e."
    with pytest.raises(ArtifactUnreadable, match="refer to each other in too many ways"):
        PickleReader().read(BytesSource("a.pkl", data), ReadContext(nest=read_source))


@pytest.mark.parametrize("key", [text(b"a" * 4000), b"\x8b" + u4(2000) + b"\x01" * 2000])
def test_a_long_key_of_many_dicts_is_rendered_once(key):
    data = b"\x80\x04" + key + b"\x940(" + b"}h\x00Ns" * 300 + b"l."
    tree = PickleReader().read(BytesSource("a.pkl", data), ReadContext(nest=read_source))
    assert len(tree.root.children) == 300
    assert len({child.digest for _, child in tree.root.children}) == 1
