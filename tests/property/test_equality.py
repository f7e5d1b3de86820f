# SPDX-License-Identifier: Apache-2.0
"""Values that are not the same have two trees, in every format that keeps them; one value has one tree."""

import collections
import io
import json
import pickle
import struct

import joblib
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext

CONTEXT = ReadContext(nest=read_source)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 2, -1, 2**63, 2**70]),
    st.sampled_from([0.0, -0.0, 1.0, 2.0, float("inf")]),
    st.sampled_from(["", "a", "0", "[0]", "link to a", "x" * 300]),
    st.sampled_from([b"", b"a", b"0"]),
)
KEYS = st.one_of(
    st.sampled_from([0, 1, 2, "a", "0", None, True, 1.0, b"a", (1,), (1.0,)]), st.text("ab", max_size=2)
)


def containers(inner):
    pairs = st.lists(st.tuples(KEYS, inner), max_size=3)
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        pairs.map(dict),
        pairs.map(collections.OrderedDict),
        st.sets(st.sampled_from([1, 2.5, "a", b"a", None]), max_size=3),
        st.frozensets(st.sampled_from([1, 2.5, "a", b"a", None]), max_size=3),
        st.lists(st.sampled_from([0.0, -0.0, 1.0]), max_size=2).map(np.array),
        st.lists(st.sampled_from([0, 1]), max_size=2).map(lambda items: np.array(items, "i8")),
        st.binary(max_size=2).map(bytearray),
    )


VALUES = st.recursive(SCALARS, containers, max_leaves=6)
DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.sampled_from([0, 1, 2**60]), st.sampled_from([0.0, -0.0, 1.0, 0.5]), st.sampled_from(["", "a", "0"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def identity(value):
    """Return what two values have in common only if no program could tell them apart."""
    kind = type(value).__name__
    match value:
        case float():
            return kind, struct.pack("<d", value)
        case np.ndarray():
            return kind, value.dtype.str, value.shape, value.tobytes()
        case list() | tuple():
            return kind, *map(identity, value)
        case dict():
            return kind, *((identity(key), identity(item)) for key, item in value.items())
        case set() | frozenset():
            return kind, frozenset(map(identity, value))
        case bytearray():
            return kind, bytes(value)
    return kind, value


def lines(data, name):
    tree = read_source(BytesSource(name, data), CONTEXT)
    assert not tree.reason
    return flatten(tree.root, limit=5000, siblings=5000)


def dumped(value):
    file = io.BytesIO()
    joblib.dump(value, file)
    return file.getvalue()


@settings(max_examples=300)
@given(VALUES, VALUES, st.integers(0, 5))
def test_pickles_of_other_values_have_other_trees(one, other, protocol):
    same = identity(one) == identity(other)
    assert same == (lines(pickle.dumps(one, 4), "a.pkl") == lines(pickle.dumps(other, protocol), "a.pkl"))


@settings(max_examples=150)
@given(VALUES)
def test_every_protocol_and_joblib_have_one_tree(value):
    trees = [lines(pickle.dumps(value, protocol), "a.pkl") for protocol in range(6)]
    assert [trees[0]] * 6 == trees
    assert trees[0] == lines(dumped(value), "a.joblib")


@settings(max_examples=300)
@given(DOCUMENTS, DOCUMENTS)
def test_other_documents_have_other_trees(one, other):
    # The order of a JSON object's keys is the one thing that its rule leaves out.
    texts = [json.dumps(value, sort_keys=True) for value in (one, other)]
    found = [lines(json.dumps(value).encode(), "a.json") for value in (one, other)]
    assert (texts[0] == texts[1]) == (found[0] == found[1])
