# SPDX-License-Identifier: Apache-2.0
"""Laws of reading pickles without hands."""

import collections
import datetime as dt
import decimal
import fractions
import functools
import io
import pathlib
import pickle
import pickletools
import uuid

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.paths.leaf_patterns import LeafPattern
from repro_action.readers import read_source
from repro_action.readers.arrays import array_leaf
from repro_action.readers.pickle.pickle_file import PickleReader
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.runs.pruning import prune
from repro_action.tree import Kind

PROTOCOLS = range(6)
CONTEXT = ReadContext(nest=read_source)


class Point:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Names(dict):
    pass


class Numbers(list):
    pass


class Length(float):
    pass


class Keyword:
    def __new__(cls, *, size):
        made = super().__new__(cls)
        made.size = size
        return made

    def __getnewargs_ex__(self):
        return (), {"size": self.size}


def tree(data, context=CONTEXT):
    return PickleReader().read(BytesSource("a.pkl", data), context)


def leaves(value, protocol=5):
    return flatten(tree(pickle.dumps(value, protocol)).root, limit=5000)


def fitted():
    x, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2
    return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]).fit(x, y)


VALUES = {
    "scalars": [None, True, False, 1, -1, 2**40, -(2**80), 1.5, float("nan"), -0.0, "a", "é\n", b"b", 3j],
    "containers": [[], (), {}, set(), frozenset(), [1, [2]], (1, 2, 3, 4), {"a": {1, 2}}, frozenset("ab")],
    "buffers": [b"", bytearray(b"abc"), bytearray(70000), bytes(300)],
    "keys": {1: 0, (1, "a"): 1, None: 2, "a b": 3, 1.5: 4, b"k": 5, np.int64(7): 6, False: 8},
    "collections": [
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.deque([1, 2], 5),
        collections.Counter("aab"),
    ],
    "library": [
        dt.datetime(2020, 1, 2, 3, tzinfo=dt.UTC),
        dt.date(2020, 1, 2),
        decimal.Decimal("1.10"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=5),
        pathlib.PurePosixPath("a/b"),
        functools.partial(int, base=2),
        slice(1, None, 2),
        range(3),
    ],
    "objects": [Point(x=1, inner=Point(y=[2])), Names(a=1), Numbers([1]), Length(2.5), Point.__init__, Point],
    "numpy": [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(3),
        np.zeros((0, 3)),
        np.array([True]),
        np.arange(3, dtype=">i4"),
        np.array(["2020-01-01"], "M8[D]"),
        np.array(["ab", "c"]),
        np.array([b"x"]),
        np.zeros(2, [("a", "f4"), ("b", "i8", (2,))]),
        np.array([[1, "a"], [None, 2]], dtype=object),
        np.ma.array([1.0, 2.0], mask=[True, False]),
        np.array([[1.0]]).view(np.matrix),
        np.float32(1.5),
        np.int64(3),
        np.dtype("f4"),
        np.float64,
    ],
    "random": [np.random.RandomState(0), np.random.default_rng(0)],
    "sklearn": fitted(),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_gives_the_same_leaves(name, protocol):
    assert leaves(VALUES[name]) == leaves(VALUES[name], protocol)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_slots_and_keyword_arguments_are_the_same_in_every_protocol(protocol):
    value = [Slotted(1, 2), Keyword(size=3)]
    assert leaves(value) == leaves(value, protocol)
    assert leaves(value)["[0].y"].value == 2
    assert leaves(value)["[1].__kwargs__['size']"].value == 3


def test_framing_and_memo_do_not_change_the_leaves():
    data = pickle.dumps(VALUES["sklearn"], 4)
    optimized = pickletools.optimize(data)
    assert optimized != data
    assert flatten(tree(data).root) == flatten(tree(optimized).root)


def test_paths_read_like_the_users_code():
    found = leaves(VALUES["sklearn"])
    assert found["steps[1][1].coef_"].shape == (1, 3)
    assert found["steps[0][1].mean_"].dtype == "<f8"
    assert found[""].dtype == "sklearn.pipeline.Pipeline"
    assert found["steps[1][1]"].dtype == "sklearn.linear_model._logistic.LogisticRegression"
    assert found["steps[0]"].dtype == "tuple"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": 1}, "['a']"),
        ({"a b": 1}, "['a b']"),
        ({(1, "x"): 1}, "[(1, 'x')]"),
        ({np.int64(2): 1}, "[<i8(2)]"),
        ({int: 1}, "[builtins.int]"),
        ({"\x1b[31m": 1}, "['\\x1b[31m']"),
        (Point(x=1), "x"),
        ({"p": Point(x=1)}, "['p'].x"),
        (Point(**{"odd name": 1}), ".__dict__['odd name']".removeprefix(".")),
        (collections.OrderedDict(a=1), "['a']"),
        (decimal.Decimal(1), "__args__[0]"),
        (np.array([[1, 2]], dtype=object), "[0, 1]"),
    ],
)
def test_segments(value, path):
    assert path in leaves(value)


def test_order_of_sets_and_of_attributes_does_not_count():
    one, other = Point(a=1, b={1, 2, 30}), Point(b={30, 2, 1}, a=1)
    assert pickle.dumps(one) != pickle.dumps(other)
    assert leaves(one) == leaves(other)


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.Counter, Names])
def test_order_of_dicts_is_content(kind):
    one, other = kind({"a": 1, "b": 2}), kind({"b": 2, "a": 1})
    differing = {path for path, leaf in leaves(other).items() if leaves(one).get(path) != leaf}
    assert differing == {""}
    assert leaves(Point(d=one)) != leaves(Point(d=other))


def test_a_dict_in_the_order_of_its_keys_has_no_line_of_its_own():
    assert ["['a']", "['b']"] == list(leaves({"a": 1, "b": 2}))


def test_what_a_rule_leaves_of_a_dict_has_the_order_that_is_left():
    one, other = ({"b": 1, "a": 2, "c": 3}, {"a": 2, "b": 1, "c": 3})
    rules = (("r", LeafPattern("['a']")),)
    left = [prune(tree(pickle.dumps(value)), rules)[0] for value in (one, other)]
    assert flatten(left[0].root) == flatten(left[1].root)


def test_order_of_lists_counts():
    assert leaves([1, 2]) != leaves([2, 1])


def test_a_changed_member_of_a_set_is_a_difference():
    assert leaves({1, 2}) != leaves({1, 3})


def test_sharing_is_the_same_as_equal_copies():
    shared = [1, 2]
    assert leaves([shared, shared]) == leaves([[1, 2], [1, 2]])


def test_a_cycle_is_described_by_its_distance_and_not_by_the_memo():
    def ring(before):
        cycle = [1]
        cycle.append(cycle)
        return [*before, {"a": cycle}][-1:]

    data = pickle.dumps(ring([]))
    longer = pickle.dumps([["x"] * 5, *ring([])])
    found = flatten(tree(data).root)
    assert found["[0]['a'][1]"].dtype == "reference"
    assert found["[0]['a'][1]"].digest == flatten(tree(longer).root)["[1]['a'][1]"].digest


def test_a_parent_that_its_children_know_gives_the_same_leaves_in_any_order():
    def family(names):
        parent = Point()
        for name in names:
            setattr(parent, name, Point(parent=parent, name=name))
        return parent

    assert leaves(family("ab")) == leaves(family("ba"))


def test_a_reference_is_no_text():
    assert leaves([int])["[0]"].digest != leaves(["builtins.int"])["[0]"].digest
    assert leaves([int])["[0]"].kind is Kind.TEXT


def test_old_and_new_names_of_numpy_are_the_same():
    data = pickle.dumps(np.arange(3), 4)
    old = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray").replace(b"\x8c\x16", b"\x8c\x15")
    assert old != data
    unframed = old[:2] + old[11:]
    assert flatten(tree(unframed).root) == leaves(np.arange(3))


def test_an_array_has_the_digest_that_it_has_everywhere():
    array = np.arange(5, dtype="<f4")
    assert array_leaf(array, CONTEXT).digest == tree(pickle.dumps(array)).root.digest


def test_what_lies_under_a_mask_does_not_count():
    one = np.ma.array([1.0, 2.0], mask=[True, False])
    other = np.ma.array([9.0, 2.0], mask=[True, False])
    assert leaves(one) == leaves(other)
    assert leaves(one) != leaves(np.ma.array([1.0, 2.0], mask=[False, True]))


def test_bits_of_a_nan_count():
    one = np.array([0x7FF8000000000001], "u8").view("f8")[0]
    assert leaves(one) != leaves(np.float64("nan"))


def test_several_pickles_in_one_file_are_all_read():
    found = flatten(tree(pickle.dumps({"a": 1}) + pickle.dumps([2])).root)
    assert found["[1][0]"].value == 2
    assert found[""].dtype == "pickles"


def test_a_state_setter_is_kept():
    class Setting(pickle.Pickler):
        def reducer_override(self, obj):
            if isinstance(obj, Point):
                return Point, (), {}, None, None, setattr_all
            return NotImplemented

    buffer = io.BytesIO()
    Setting(buffer, 4).dump([Point()])
    found = flatten(tree(buffer.getvalue()).root)
    assert any("__calls__[0]" in path for path in found)


def setattr_all(target, state):
    target.__dict__.update(state)


def test_depth_is_bounded():
    value = []
    for _ in range(30):
        value = [value]
    with pytest.raises(ArtifactUnreadable, match="nested more than 20"):
        tree(pickle.dumps(value), ReadContext(limits=Limits(depth=20)))


def test_time_is_bounded():
    with pytest.raises(ArtifactUnreadable, match="takes more than"):
        tree(pickle.dumps(list(range(5000))), ReadContext(deadline=0.0))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_recognizes_its_own(protocol):
    assert PickleReader().recognizes(BytesSource("a.pkl", b""), pickle.dumps([1], protocol))


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x80\x09", b"\x78\x9c", b"", b"# text"])
def test_declines_others(head):
    assert not PickleReader().recognizes(BytesSource("a.pkl", b""), head)
