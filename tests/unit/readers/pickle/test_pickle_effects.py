# SPDX-License-Identifier: Apache-2.0
"""Every opcode with an effect leaves a trace: what the tree cannot show makes the pickle unreadable."""

import collections
import pickle
import struct

import numpy as np
import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, ReadContext

CONTEXT = ReadContext(nest=read_source)
START = b"\x80\x04"
SETITEM = b"c_operator\nsetitem\n"
LIST = b"](K\x01K\x02K\x03e"


def lines(body):
    return flatten(PickleReader().read(BytesSource("a.pkl", START + body + b"."), CONTEXT).root, limit=5000)


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


RAN = b"cos\nsystem\n" + text("true") + b"\x85R"

LOST = {
    "a call before the value": RAN + b"0}",
    "a call behind a mark": b"(" + RAN + b"1}",
    "a call in a list that is dropped": b"](" + RAN + b"e0}",
    "a call in a tuple that is dropped": RAN + b"\x850}",
    "a call that is stored and dropped": RAN + b"\x940}",
    "a value under a key that is set again": b"}(" + text("a") + RAN + text("a") + b"K\x01u",
    "an element of a list": LIST + b"q\x010" + SETITEM + b"(h\x01K\x00K\x63tR0h\x01",
    "an entry of a dict": b"}q\x010" + SETITEM + b"(h\x01K\x00K\x63tR0h\x01",
    "an import": b"cantigravity\nfly\n0}",
    "an import by names on the stack": text("antigravity") + text("fly") + b"\x930}",
    "an argument that a reader has no use for": b"ccopyreg\n_reconstructor\n(cm\nC\ncbuiltins\nobject\n" + RAN + b"tR",
    "an object that nothing keeps": b"cm\nC\n)\x81}" + text("a") + b"K\x01sb0}",
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_leaves_no_trace_is_unreadable(name):
    with pytest.raises(ArtifactUnreadable, match="discards"):
        lines(LOST[name])


def test_a_file_with_a_lost_call_is_compared_by_its_bytes_and_says_why():
    data = START + LOST["a call before the value"] + b"."
    found = read_source(BytesSource("a.pkl", data), CONTEXT)
    assert "bytes" == found.format
    assert "calls posix.system" in found.reason or "calls os.system" in found.reason


def array(tail=b""):
    """Return a pickled array of three zeros that the opcodes of `tail` change."""
    dtype = (
        b"cnumpy\ndtype\n"
        + text("f8")
        + b"\x89\x88\x87R(K\x03"
        + text("<")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    )
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R"
    return made + b"(K\x01K\x03\x85" + dtype + b"\x89C\x18" + bytes(24) + b"tb" + tail  # fmt: skip


def test_setting_an_element_of_an_array_shows():
    assert lines(array()) == flatten(
        PickleReader().read(BytesSource("a.pkl", pickle.dumps(np.zeros(3))), CONTEXT).root
    )
    with pytest.raises(ArtifactUnreadable, match="changes an object after"):
        lines(array(b"K\0G@X\xc0\0\0\0\0\0s"))


SET_BEFORE_THE_STATE = {
    "numpy.dtype": b"cnumpy\ndtype\n" + text("f8") + b"\x89\x88\x87R",
    "collections.deque": b"ccollections\ndeque\n]\x85R",
    "builtins.range": b"cbuiltins\nrange\n(K\0K\1K\1tR",
}


@pytest.mark.parametrize("name", SET_BEFORE_THE_STATE)
def test_what_is_done_to_an_object_of_a_known_type_shows(name):
    body = SET_BEFORE_THE_STATE[name]
    assert lines(body) != lines(body + text("k") + b"K\x01s")


def test_an_earlier_state_is_not_forgotten():
    one, two = (b"}" + text("a") + bytes([75, value]) + b"sb" for value in (1, 2))
    assert lines(b"cm\nC\n)\x81" + two) != lines(b"cm\nC\n)\x81" + one + two)


def test_a_state_of_none_is_not_no_state():
    assert lines(b"cm\nC\n)\x81") != lines(b"cm\nC\n)\x81Nb")


def test_what_is_put_into_an_argument_after_the_call_shows():
    before = b"]q\x000cm\nf\n(h\x00K\x05tRh\x00K\x06a\x86"
    after = b"]q\x00K\x06a0cm\nf\n(h\x00K\x05tRh\x00\x86"
    assert lines(before) != lines(after)


@pytest.mark.parametrize("name", ["__args__", "__state__", "__calls__", "__dict__", "__seen__"])
def test_no_attribute_passes_for_a_part_of_ours(name):
    called = b"cm\nC\nK\x05\x85R"
    spelled = b"cm\nC\n)R}" + text(name) + b"](K\x05esb"
    assert set(lines(called)) != set(lines(spelled))
    assert not {path for path in lines(spelled) if path.startswith(f"{name}[0]")}


class Tangled:
    """An object that its own arguments know."""

    def __init__(self, inside):
        self.inside = inside

    def __reduce__(self):
        return Tangled, (self.inside,)


def test_honest_pickles_with_cycles_are_read():
    ring = []
    pair = (ring, Tangled(ring))
    ring.append(pair)
    frozen = []
    frozen.append(frozenset([Tangled(1)]))
    for protocol in range(6):
        for value in (pair, frozen, collections.OrderedDict(a=pair)):
            data = pickle.dumps(value, protocol)
            assert flatten(PickleReader().read(BytesSource("a.pkl", data), CONTEXT).root)


def test_a_dtype_of_a_list_is_shown_as_it_is():
    assert "__args__[0][0]" in lines(b"cnumpy\ndtype\n](K\x01e\x85R")
