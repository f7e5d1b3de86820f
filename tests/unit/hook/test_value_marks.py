# SPDX-License-Identifier: Apache-2.0
"""Laws of digests of values inside a running program: equal values agree, different ones do not."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import importlib
import math
import pathlib
import random
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.determinism.attach import HOOK

sys.path.insert(0, str(HOOK))
value_marks = importlib.import_module("repro_hook.value_marks")
sys.path.remove(str(HOOK))


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Name(str):
    __slots__ = ()


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Plain:
    def __init__(self, **values):
        self.__dict__.update(values)


Pair = collections.namedtuple("Pair", ["a", "b"])  # noqa: PYI024 -- of both kinds


def marks(value, root=""):
    return value_marks.marks([("", value)], root)


def by_path(value, root=""):
    return {path: (digest, text) for path, digest, text in marks(value, root)}


DIFFERENT = [
    (1, 2),
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (0.1, 0.1 + 2**-56),
    (None, False),
    ("1", 1),
    ("a", b"a"),
    (1j, 2j),
    ([1, 2], [2, 1]),
    ([1], (1,)),
    (["a", "b"], ["ab"]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {"a": 1.0}),
    ({1, 2}, {1, 3}),
    (range(3), range(4)),
    (Colour.RED, Colour.BLUE),
    (Name("a"), Name("b")),
    (Name("a"), "a"),
    (Pair(1, 2), Pair(2, 1)),
    (Pair(1, 2), (1, 2)),
    (Point(1, 2), Point(1, 3)),
    (Plain(a=1), Plain(a=2)),
    (Plain(a=1), Plain(b=1)),
    (pathlib.PurePath("a"), pathlib.PurePath("b")),
    (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    (dt.date(2020, 1, 1), dt.date(2020, 1, 2)),
    (random.Random(1), random.Random(2)),
    (np.float32(1), np.float64(1)),
    (np.zeros(3), np.zeros(4)),
    (np.zeros(3), np.zeros(3, "f4")),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (np.array([0.0]), np.array([-0.0])),
    (np.array(["a", "b"]), np.array(["a", "c"])),
    (np.array(["a", None], object), np.array(["a", 1], object)),
    (np.array([(1, 2.0)], "i1,f8"), np.array([(1, 3.0)], "i1,f8")),
    (np.random.default_rng(1), np.random.default_rng(2)),
    (np.random.RandomState(1), np.random.RandomState(2)),
    (list(range(200_000)), [*range(199_999), 7]),
    (Plain(a=Plain(b=[{"c": np.ones(2)}])), Plain(a=Plain(b=[{"c": np.zeros(2)}]))),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_different_values_have_different_marks(one, other):
    assert marks(one) != marks(other)
    assert marks(one) == marks(one)
    assert marks([one]) != marks([other])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES, VALUES)
def test_marks_are_equal_just_where_the_values_are(one, other):
    assert (repr(one) == repr(other)) == (
        [mark[:2] for mark in marks(one)] == [mark[:2] for mark in marks(other)]
    )


def test_memory_layout_and_byte_order_do_not_count():
    array = np.arange(12.0).reshape(3, 4)
    for other in (
        np.asfortranarray(array),
        array.astype(">f8"),
        np.repeat(array, 2, 1)[:, ::2],
        array.view(np.matrix),
    ):
        assert marks(array) == marks(other)


def test_padding_of_structures_does_not_count():
    dtype = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    one, other = (np.frombuffer(fill * 32, "u1").copy().view(dtype) for fill in (b"\x00", b"\xff"))
    for array in (one, other):
        array["a"], array["b"] = 1, 2.0
    assert marks(one) == marks(other)


def test_a_set_has_a_mark_for_what_it_holds_and_one_for_its_order():
    one, other = {8, 0}, {0, 8}
    assert list(one) == list(other) or by_path(one)["{order}"] != by_path(other)["{order}"]
    assert by_path({8, 16, 0})[""] == by_path({0, 16, 8})[""]
    assert ["", "{order}"] == list(by_path({1, 2}))


def test_texts_that_name_the_projects_folder_have_a_mark_without_it():
    here, there = by_path("/here/p/data.csv", "/here/p"), by_path("/there/q/data.csv", "/there/q")
    assert here[""][0] == there[""][0]
    assert here["{place}"][0] != there["{place}"][0]


def test_an_iterator_is_never_consumed():
    numbers, lines = iter([1, 2]), (n for n in [1, 2])
    marks([numbers, lines, map(str, numbers)])
    assert [1, 2, 1, 2] == [*numbers, *lines]


def test_what_contains_itself_ends():
    ring: list[object] = []
    ring.append(ring)
    value = Plain(a=1)
    value.me = value
    assert [("[0]", "(contains itself)")] == [(path, text) for path, _, text in marks(ring)]
    assert "(contains itself)" == by_path(value)[".me"][1]


def test_what_is_deep_wide_or_long_is_bounded_and_says_so():
    deep: list[object] = [object()]
    for _ in range(100):
        deep = [deep, object()]
    assert any("not looked into" in text for _, _, text in marks(deep))
    wide = [Plain(a=1) for _ in range(1000)]
    assert "1000 members, 64 looked at" == by_path(wide)["[…]"][1]
    many = {str(key): {str(inner): [None] for inner in range(60)} for key in range(60)}
    found = marks(many)
    assert value_marks.MARKS >= len(found)
    assert "…" == found[-1][0]
    many["59"]["59"] = [0]
    assert found[:-1] == marks(many)[:-1]
    assert found[-1] != marks(many)[-1]


def test_a_large_array_is_sampled_and_says_so():
    array = np.zeros((256 << 17) + 1)  # one number more than is digested whole; its pages are never touched
    ((_, digest, text),) = marks(array)
    assert text.endswith("(sampled)")
    for place in (0, -1):
        array[place] = 7.5
        assert digest != marks(array)[0][1]
        array[place] = 0
    assert digest == marks(np.broadcast_to(0.0, array.shape))[0][1]


def test_texts_are_for_people_and_short():
    assert "float64 (4,) 0.0, 0.25, 0.5, …" == marks(np.arange(4) / 4)[0][2]
    assert "list of 4: 'a', 'b', 'c', …" == marks(list("abcd"))[0][2]
    assert all(len(text) <= value_marks.TEXT for _, _, text in marks(["x" * 10_000, 10**9000, "y" * 10_000]))


def test_not_a_number_is_equal_to_itself():
    assert marks([math.nan]) == marks([math.nan])
    assert marks(np.array([math.nan])) == marks(np.array([math.nan]))


@pytest.mark.slow
def test_an_estimator_is_its_state_without_how_long_it_took():
    linear = pytest.importorskip("sklearn.linear_model")
    search = pytest.importorskip("sklearn.model_selection").GridSearchCV(
        linear.LogisticRegression(), {"C": [1.0, 2.0]}, cv=2
    )
    X, y = np.arange(40.0).reshape(20, 2) % 3, np.arange(20) % 2  # noqa: N806 -- as everyone calls it
    one = by_path(search.fit(X, y))
    assert one == by_path(search.fit(X, y))
    assert ".best_estimator_.coef_" in one
    assert not {".refit_time_", ".cv_results_['mean_fit_time']"} & set(one)


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize(
    "name", ["DecisionTreeClassifier", "HistGradientBoostingClassifier", "IsolationForest"]
)
def test_the_inside_of_trees_counts(name):
    tree, ensemble = pytest.importorskip("sklearn.tree"), pytest.importorskip("sklearn.ensemble")
    kind = getattr(tree, name, None) or getattr(ensemble, name)
    X, y = np.random.default_rng(0).normal(size=(80, 3)), np.arange(80) % 2  # noqa: N806 -- as everyone calls it
    one, again = (kind(random_state=0).fit(X, y) for _ in range(2))
    assert marks(one) == marks(again)
    assert marks(one) != marks(kind(random_state=0).fit(X + (X > 1), y))


def test_sparse_matrices_and_tables_count_by_their_values():
    sparse, pandas = pytest.importorskip("scipy.sparse"), sys.modules.get("pandas")
    one, other = sparse.csr_array(np.eye(3)), sparse.csr_array(2 * np.eye(3))
    assert marks(one) == marks(one.copy())
    assert marks(one) != marks(other)
    if pandas is not None:
        assert marks(pandas.DataFrame({"a": [1]})) != marks(pandas.DataFrame({"a": [2]}))
