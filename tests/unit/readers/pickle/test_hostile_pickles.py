# SPDX-License-Identifier: Apache-2.0
"""Nothing that a hostile pickle says is done, and what is malformed says so."""

import io
import os
import pickle
import struct
import sys

import numpy as np
import pytest
from unit.readers.pickle.opcode_bytes import text, u4, u8

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, ReadContext

CONTEXT = ReadContext(nest=read_source)


def read(data):
    return PickleReader().read(BytesSource("a.pkl", data), CONTEXT)


class Call:
    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


def array_state(shape, dtype=b"f8", data=b"", fortran=b"\x89"):
    """Return a pickled ndarray of a claimed shape."""
    described = b"cnumpy\ndtype\n(U" + bytes([len(dtype)]) + dtype + b"\x89\x88tR"
    sizes = b"(" + b"".join(pickle.dumps(size, 2)[2:-1] for size in shape) + b"t"
    content = b"B" + u4(len(data)) + data
    rebuilt = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR"
    return b"\x80\x02" + rebuilt + b"(K\x01" + sizes + described + fortran + content + b"tb."


RUNNING = {
    "os.system": lambda canary: pickle.dumps(Call(os.system, f"touch {canary}"), 4),
    "eval": lambda canary: pickle.dumps(Call(eval, f"open({str(canary)!r}, 'w')"), 2),
    "exec in a reduce": lambda canary: pickle.dumps(
        [Call(list, [Call(exec, f"open({str(canary)!r}, 'w')")])]
    ),
    "inst": lambda canary: b"(S'touch " + str(canary).encode() + b"'\nios\nsystem\n.",
    "obj": lambda canary: b"(cos\nsystem\nS'touch " + str(canary).encode() + b"'\no.",
    "getattr": lambda canary: (
        b"\x80\x04cbuiltins\ngetattr\ncos\nsystem\n"
        + text(b"__call__")
        + b"\x86R("
        + text(f"touch {canary}".encode())
        + b"tR."
    ),
    "build": lambda canary: (
        b"\x80\x02cos\nPathLike\n)\x81}"
        + text(b"__setstate__")
        + b"cos\nsystem\nsb"
        + text(f"touch {canary}".encode())
        + b"b."
    ),
    "numpy object array": lambda canary: pickle.dumps(
        np.array([Call(os.system, f"touch {canary}")], dtype=object)
    ),
    "dtype text": lambda canary: (
        b"\x80\x02cnumpy\ndtype\n("
        + text(f"__import__('os').system('touch {canary}')".encode())
        + b"\x89\x88tR."
    ),
    "import with a side effect": lambda canary: b"cantigravity\nfly\n.",
    "import of this": lambda canary: b"\x80\x04" + text(b"this") + text(b"s") + b"\x93.",
    "extension": lambda canary: b"\x80\x02\x82\x05.",
    "encode with a codec": lambda canary: (
        b"\x80\x02c_codecs\nencode\n(" + text(b"x") + text(b"idna") + b"tR."
    ),
}


@pytest.mark.parametrize("name", RUNNING)
def test_nothing_runs_and_nothing_is_imported(name, tmp_path):
    canary = tmp_path / "canary"
    data = RUNNING[name](canary)
    read(pickle.dumps([1]))
    before = set(sys.modules)
    root = read(data).root
    assert not canary.exists()
    assert set() == {module for module in set(sys.modules) - before if not module.startswith("repro_action")}
    assert flatten(root)


def test_a_call_shows_what_it_would_have_called():
    found = flatten(read(pickle.dumps(Call(os.system, "touch x"), 4)).root)
    assert f"{os.system.__module__}.system" == found[""].dtype
    assert (7,) == found["__args__[0]"].shape


MALFORMED = {
    "empty": (b"", "can follow"),
    "huge text": (b"\x80\x04\x8d" + u8(2**62) + b"x.", "asks for"),
    "huge bytes": (b"\x80\x04\x8e" + u8(2**40) + b"x.", "asks for"),
    "huge bytearray": (b"\x80\x05\x96" + u8(2**60) + b"x.", "asks for"),
    "huge number": (b"\x80\x04\x8b" + struct.pack("<i", 2**31 - 1) + b"x.", "asks for"),
    "negative number": (b"\x80\x04\x8b" + struct.pack("<i", -5) + b"x.", "not a valid pickle"),
    "memo that is not there": (b"\x80\x04j" + u4(2**31) + b".", "did not store"),
    "cut off": (pickle.dumps(list(range(1000)))[:-10], "can follow"),
    "no STOP": (b"\x80\x04N", "can follow"),
    "empty stack": (b"\x80\x04.", "left over"),
    "underflow": (b"\x80\x04R.", "empty stack"),
    "tuple of nothing": (b"\x80\x04\x87.", "empty stack"),
    "no mark": (b"\x80\x04t.", "empty stack"),
    "two values": (b"\x80\x04NN.", "left over"),
    "open mark": (b"\x80\x04(N.", "left over"),
    "unknown opcode": (b"\x80\x04\xff.", "not a valid pickle"),
    "unknown protocol": (b"\x80\x63N.", "protocol 99"),
    "append to a number": (b"\x80\x04K\x01K\x02a.", "appends"),
    "key of a list": (b"\x80\x04]NNs.", "sets a key"),
    "odd pairs": (b"\x80\x04}(Nu.", "without a value"),
    "state of a list": (b"\x80\x04]}b.", "sets the state"),
    "call without tuple": (b"\x80\x04cos\nsystem\nNR.", "tuple of arguments"),
    "name that is not text": (b"\x80\x04NN\x93.", "name that is not text"),
    "out of band": (b"\x80\x05\x97.", "outside of the file"),
    "bad unicode": (b"\x80\x04X\x01\0\0\0\xff.", "not a valid pickle"),
    "bad escape": (b"S'\\xz'\n.", "not a valid pickle"),
    "long decimal": (b"L" + b"9" * 100_000 + b"L\n.", "not a valid pickle"),
    "shape too large": (array_state((2**31, 2**31)), "bytes has 0"),
    "shape that overflows": (array_state((2**62 - 1, 4), data=bytes(8)), "bytes has 8"),
    "elements have zero bytes": (array_state((2**40,), b"S0"), "zero bytes"),
    "wrong length": (array_state((3,), data=bytes(8)), "24 bytes has 8"),
    "deep": (b"]" * 100_000 + b"a" * 99_999 + b".", "nested more than"),
    "deep tuples": (b")" + b"\x85" * 100_000 + b".", "nested more than"),
    "deep marks": (b"(" * 100_000 + b"N" + b"t" * 100_000 + b".", "nested more than"),
    "deep calls": (b"cos\nsystem\n" * 50_000 + b"N" + b"\x85R" * 50_000 + b".", "nested more than"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_pickles_say_what_is_wrong(name):
    data, reason = MALFORMED[name]
    with pytest.raises(ArtifactUnreadable, match=reason):
        read(data)


def test_every_cut_is_refused_and_every_changed_byte_ends_in_a_tree_or_a_reason():
    value = [1, "a", {"k": (1.5, None)}, np.arange(3), np.float32(1), {1, 2}, range(3)]
    data = pickle.dumps(value, 4)
    rng = np.random.default_rng(0)
    for cut in range(0, len(data), 3):
        with pytest.raises(ArtifactUnreadable):
            read(data[:cut])
    for _ in range(1500):
        changed = bytearray(data)
        for place in rng.integers(0, len(data), 2):
            changed[place] = rng.integers(0, 256)
        attempt(bytes(changed))


def attempt(data):
    try:
        flatten(read(data).root)
    except ArtifactUnreadable as error:
        assert error.what  # noqa: PT017  # either outcome is right


def test_a_key_that_is_its_own_dict_ends():
    instance = b"\x80\x02cos\nx\n)\x81q\x00"
    data = instance + b"}h\x00K\x01sb."
    with pytest.raises(ArtifactUnreadable, match="keys of dicts nested"):
        read(data)


def test_a_dense_knot_of_cycles_ends():
    knot = [[] for _ in range(40)]
    for entry in knot:
        entry.extend(knot)
    with pytest.raises(ArtifactUnreadable, match="in too many ways"):
        read(pickle.dumps(knot))


def framed(length, opcodes):
    return b"\x80\x04\x95" + length.to_bytes(8, "little") + opcodes


@pytest.mark.parametrize(
    "data",
    [
        framed(4, b"]\x94G@\x00\x00\x00\x00\x00\x00\x00a."),
        framed(12, b"]\x94\x95" + bytes(8) + b"."),
    ],
    ids=["an opcode goes on behind it", "a frame inside a frame"],
)
def test_a_frame_that_does_not_end_with_an_opcode_is_no_pickle(data):
    # The C loader goes on in another place of the file, the Python one refuses it.
    with pytest.raises(pickle.UnpicklingError):
        pickle._Unpickler(io.BytesIO(data)).load()
    with pytest.raises(ArtifactUnreadable):
        read(data)


@pytest.mark.parametrize("flags", [1, 2, 4, 63])
@pytest.mark.parametrize(
    "value", [np.float32(1.5), np.arange(3.0), np.zeros(2, [("a", "f8")]), np.zeros(2, "U3")]
)
def test_a_dtype_that_declares_references_of_its_own_is_not_read(value, flags):
    # NumPy would take the bytes for pointers.
    data = pickle.dumps(value, protocol=3)
    own = value.dtype.flags
    cut = data.rindex(b"K" + bytes([own]) + b"t")
    with pytest.raises(ArtifactUnreadable, match="flags"):
        read(data[:cut] + b"K" + bytes([own ^ flags]) + data[cut + 2 :])
