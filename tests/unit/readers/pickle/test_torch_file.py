# SPDX-License-Identifier: Apache-2.0
"""Laws of reading PyTorch files; tests/data/artifacts/make_torch.py wrote the real ones."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.pickle.torch_file import TorchReader
from repro_action.readers.protocol import BytesSource, FileSource, ReadContext

DATA = Path(__file__).parents[3] / "data" / "artifacts"
CONTEXT = ReadContext(nest=read_source)
BLOCK = np.arange(12, dtype="<f4").reshape(3, 4)


def leaves(data):
    return flatten(TorchReader().read(BytesSource("a.pt", data), CONTEXT).root, limit=1000)


@pytest.fixture(scope="module")
def tensors():
    return leaves((DATA / "torch_tensors.pt").read_bytes())


def repacked(name, change=lambda name, data: (name, data), compression=zipfile.ZIP_STORED, reverse=False):
    """Write the members of a real file anew, each passed through `change`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(DATA / name) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        infos = old.infolist()[::-1] if reverse else old.infolist()
        for info in infos:
            changed = change(info.filename, old.read(info))
            if changed is not None:
                new.writestr(*changed)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("key", "array"),
    [
        ("full", BLOCK),
        ("transposed", BLOCK.T),
        ("column", BLOCK[:, 1]),
        ("parameter", BLOCK[0]),
        ("narrow", np.arange(2, 5, dtype="<i2")),
        ("number", np.array(3)),
        ("half", np.zeros(2, "<f2")),
        ("bool", np.array([True, False])),
        ("complex", np.full(2, 1 + 2j, "<c8")),
        ("expanded", np.ones(5, "<f4")),
        ("empty", np.zeros((0, 3), "<f4")),
        ("unsigned", np.array([1, 65535], "<u2")),
    ],
)
def test_a_tensor_has_the_digest_of_its_array(tensors, key, array):
    expected, found = array_leaf(array, CONTEXT), tensors[f"['{key}']"]
    assert (expected.digest, expected.shape, expected.stats) == (found.digest, found.shape, found.stats)


@pytest.mark.parametrize(("key", "dtype"), [("bfloat16", "bfloat16"), ("float8", "float8_e4m3fn")])
def test_types_that_numpy_does_not_know_keep_their_name(tensors, key, dtype):
    assert dtype == tensors[f"['{key}']"].dtype


def test_a_transposed_bfloat16_is_laid_out_anew(tensors):
    found = tensors["['transposed bfloat16']"]
    assert (2, 2) == found.shape
    bits = np.frombuffer(b"".join(found.payload.chunks(1 << 20)), "<u2")
    assert [0.0, 2.0, 1.0, 3.0] == (bits.astype("<u4") << 16).view("<f4").tolist()


def test_what_is_not_as_usual_is_shown(tensors):
    assert tensors["['frozen'].requires_grad"].value is False
    assert "torch.nn.parameter.Parameter" == tensors["['frozen']"].dtype
    assert 0.1 == tensors["['quantized'].quantizer[1]"].value
    assert "torch._utils._rebuild_sparse_tensor" == tensors["['sparse']"].dtype


def test_a_state_dict_has_the_names_of_its_tensors():
    found = leaves((DATA / "torch_state.pt").read_bytes())
    assert (2, 3) == found["['0.weight']"].shape
    assert "collections.OrderedDict" == found[""].dtype


def test_the_files_name_and_order_and_compression_do_not_count():
    original = leaves((DATA / "torch_state.pt").read_bytes())
    renamed = repacked("torch_state.pt", lambda name, data: ("other" + name[name.index("/") :], data))
    assert original == leaves(renamed)
    assert original == leaves(repacked("torch_state.pt", compression=zipfile.ZIP_DEFLATED))
    assert original == leaves(repacked("torch_state.pt", reverse=True))


def test_the_serialization_id_does_not_count():
    def other(name, data):
        return name, (b"0" * len(data) if "serialization_id" in name else data)

    assert repacked("torch_state.pt", other) != repacked("torch_state.pt")
    assert leaves(repacked("torch_state.pt")) == leaves(repacked("torch_state.pt", other))


def test_keys_of_storages_do_not_count():
    names = {"data/0": "data/7", "data/7": "data/0"}

    def swap(name, data):
        prefix, _, rest = name.partition("/")
        if rest == "data.pkl":
            data = data.replace(b"X\x01\0\0\x000", b"X\x01\0\0\x007", 1)
        return f"{prefix}/{names.get(rest, rest)}", data

    assert leaves(repacked("torch_state.pt")) == leaves(repacked("torch_state.pt", swap))


def test_a_big_endian_file_has_the_same_numbers():
    def big(name, data):
        if name.endswith("byteorder"):
            return name, b"big"
        if "/data/" in name and "/.data" not in name:
            return name, np.frombuffer(data, "<f4" if len(data) != 8 else "<u1").byteswap().tobytes()
        return name, data

    little = leaves((DATA / "torch_state.pt").read_bytes())
    found = leaves(repacked("torch_state.pt", big))
    assert little["['0.weight']"] == found["['0.weight']"]


def test_the_format_before_1_6_has_the_same_leaves():
    assert leaves((DATA / "torch_state.pt").read_bytes()) == leaves((DATA / "torch_legacy.pt").read_bytes())


def test_a_file_of_the_format_before_1_6_is_whole_or_unreadable():
    data = (DATA / "torch_legacy.pt").read_bytes()
    for size in range(16, len(data)):
        with pytest.raises(ArtifactUnreadable):
            leaves(data[:size])
    with pytest.raises(ArtifactUnreadable, match="extra bytes"):
        leaves(data + b"x")


def forged(offset=0, size=(2, 3), stride=(3, 1), length=6, nbytes=24, extra=()):
    """Write a file with one tensor of the given geometry."""
    protocol_two = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n("
    pid = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu" + number(length) + b"tQ"
    geometry = number(offset) + numbers(size) + numbers(stride)
    pickled = protocol_two + pid + geometry + b"\x89ccollections\nOrderedDict\n)RtR."
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/data.pkl", pickled)
        archive.writestr("a/byteorder", b"little")
        archive.writestr("a/data/0", bytes(nbytes))
        for name, data in extra:
            archive.writestr(name, data)
    return buffer.getvalue()


def number(value):
    return pickle.dumps(value, 2)[2:-1]


def numbers(values):
    return b"(" + b"".join(number(value) for value in values) + b"t"


def test_a_forged_file_of_sound_geometry_is_read():
    assert (2, 3) == leaves(forged())[""].shape


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"offset": 1}, "beyond its storage"),
        ({"offset": -1}, "before its storage"),
        ({"stride": (4, 1)}, "beyond its storage"),
        ({"stride": (-3, 1)}, "backwards"),
        ({"size": (2**40, 3), "stride": (0, 1)}, "too often"),
        ({"size": (2**61, 2**61), "stride": (0, 0)}, "too often"),
        ({"size": (2**70, 1)}, "malformed"),
        ({"size": (2, 3, 1)}, "malformed"),
        ({"length": 2**40}, "bytes, not"),
        ({"nbytes": 20}, "bytes, not"),
        ({"extra": [("a/data/1", b"1234")]}, "nothing refers"),
        ({"extra": [("a/code/x.py", b"import os")]}, "not one that torch.save writes"),
        ({"extra": [("a/data/../../x", b"")]}, "not one that torch.save writes"),
        ({"extra": [("../x", b"")]}, "not one that torch.save writes"),
    ],
)
def test_wrong_geometry_says_what_is_wrong(wrong, reason):
    with pytest.raises(ArtifactUnreadable, match=reason):
        leaves(forged(**wrong))


def test_a_missing_storage_is_named():
    with pytest.raises(ArtifactUnreadable, match="'0' is missing"):
        leaves(repacked("torch_state.pt", lambda n, d: None if n.endswith("data/0") else (n, d)))


def test_recognizes_by_content_and_name():
    head = (DATA / "torch_state.pt").read_bytes()[:512]
    assert "torch" == reader_for(FileSource(DATA / "torch_state.pt"), head).name
    assert TorchReader().recognizes(BytesSource("weights.bin", head), head)
    assert not TorchReader().recognizes(BytesSource("a.zip", b""), b"PK\3\4" + bytes(40))


def test_its_fallback_is_plain_bytes_with_the_reason():
    found = read_source(BytesSource("a.pt", (DATA / "torch_legacy.pt").read_bytes()[:-1]), CONTEXT)
    assert "bytes" == found.format
    assert "at most 7 can follow" in found.reason
