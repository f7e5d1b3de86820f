# SPDX-License-Identifier: Apache-2.0
"""Leaves of two containers correspond by name, never by value; what does not is never green."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.compare.correspondence import Bookkeeping, ContainerLeaves, correspond, same_value
from repro_action.compare.leaf_names import name_of
from repro_action.tree import Kind, Leaf, LeafDigester

DIGEST = LeafDigester()


def array(*values: float, dtype: str = "<f8") -> Leaf:
    data = np.array(values, dtype)
    return Leaf(kind=Kind.ARRAY, digest=DIGEST(Kind.ARRAY, data.tobytes(), dtype=dtype, shape=data.shape), dtype=dtype,
                shape=data.shape)  # fmt: skip


def scalar(value: float, dtype: str = "<f8") -> Leaf:
    """Return an array without dimensions."""
    data = np.array(value, dtype)
    return Leaf(kind=Kind.ARRAY, digest=DIGEST(Kind.ARRAY, data.tobytes(), dtype=dtype), dtype=dtype)


def number(value: float, dtype: str = "float") -> Leaf:
    kind = Kind.BOOLEAN if dtype == "bool" else Kind.NUMBER
    return Leaf(kind=kind, digest=DIGEST(kind, repr(value).encode(), dtype=dtype), dtype=dtype, value=value)


def text(value: str) -> Leaf:
    return Leaf(kind=Kind.TEXT, digest=DIGEST(Kind.TEXT, value.encode()), shape=(len(value),))


def typed(name: str) -> Leaf:
    return Leaf(kind=Kind.OBJECT, digest=DIGEST(Kind.OBJECT, dtype=name), dtype=name)


def matched(ours, theirs, *, formats=("joblib", "safetensors")):
    return correspond(
        ContainerLeaves(format=formats[0], leaves=ours), ContainerLeaves(format=formats[1], leaves=theirs)
    )


def fine(found) -> bool:
    return found.whole and all(pair.same for pair in found.pairs)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", ()),
        ("steps[1][1].coef_", ("steps", "1", "1", "coef_")),
        ("['layers.0.weight']", ("layers", "0", "weight")),
        ("['state_dict']['fc.b']", ("state_dict", "fc", "b")),
        ("layers/dense/vars/0", ("layers", "dense", "vars", "0")),
        ("['it''s']", ("it", "s")),
        ("[(1, 2)]", ("(1, 2)",)),
        ("['a]b']", ("a]b",)),
    ],
)
def test_a_path_names_its_parts(path, name):
    if path == "['it''s']":
        path, name = repr(["it's"]), ("it's",)
    assert name_of(path) == name


@pytest.mark.parametrize(
    ("accepted", "deployed"),
    [
        ("fc.weight", "['fc.weight']"),
        ("['state_dict']['fc.weight']", "['fc.weight']"),
        ("['fc.weight']", "['module.fc.weight']"),
        ("steps[1][1].coef_", "['coef']"),
        ("model.weights.h5/layers/dense/vars/0", "layers/dense/vars/0"),
    ],
)
def test_wrappers_and_the_underscore_of_fitted_attributes_do_not_count(accepted, deployed):
    other = {"bias": array(9.0)}
    found = matched(
        {accepted: array(1.0, 2.0), "['x.bias']": array(9.0)}, {deployed: array(1.0, 2.0), **other}
    )
    assert fine(found)


def test_weights_of_swapped_layers_are_other_weights():
    one, two = array(1.0), array(2.0)
    found = matched({"l1.w": one, "l2.w": two}, {"['l1.w']": two, "['l2.w']": one})
    assert found.whole
    assert [False, False] == [pair.same for pair in found.pairs]


def test_the_same_values_under_other_names_prove_nothing():
    one, two = array(1.0), array(2.0)
    found = matched({"l1.w": one, "l2.w": two}, {"['a']": one, "['b']": two})
    assert not found.whole
    assert found.elsewhere


def test_an_ending_that_two_layers_share_matches_neither():
    found = matched({"l1.w": array(1.0), "l2.w": array(2.0)}, {"['l1.w']": array(1.0), "['w']": array(2.0)})
    assert ("l2.w",) == found.accepted_alone
    assert ("['w']",) == found.subject_alone


def test_names_that_contradict_each_other_do_not_match():
    found = matched(
        {"enc.w": array(1.0), "dec.v": array(2.0)}, {"['dec.w']": array(1.0), "['enc.v']": array(2.0)}
    )
    assert not found.pairs


def test_an_index_alone_tells_nothing():
    found = matched({"a[0]": array(1.0), "b": array(3.0)}, {"['0']": array(1.0), "['b']": array(3.0)})
    assert ("a[0]",) == found.accepted_alone


def test_a_single_array_needs_no_name():
    found = matched({"['embedding']": array(1.0)}, {"": array(1.0)}, formats=("pickle", "npy"))
    assert fine(found)


@pytest.mark.parametrize(
    "extra", [array(5.0), number(5.0), text("x"), number(True, "bool"), typed("os.system")]
)
def test_whatever_the_subject_adds_prevents_an_answer(extra):
    assert not matched({"w": array(1.0)}, {"w": array(1.0), "extra": extra}, formats=("npz", "pickle")).whole


@pytest.mark.parametrize(
    "extra", [array(5.0), number(5.0), Leaf(kind=Kind.FOLDED, digest=DIGEST(Kind.FOLDED))]
)
def test_a_value_that_the_subject_lacks_prevents_an_answer(extra):
    assert not matched({"w": array(1.0), "v": extra}, {"['w']": array(1.0)}).whole


def test_settings_need_no_counterpart_where_the_format_can_hold_none():
    ours = {"": typed("Model"), "w": array(1.0), "solver": text("lbfgs"), "fit": number(True, "bool")}
    found = matched(ours, {"['w']": array(1.0)})
    assert fine(found)
    assert {Bookkeeping.SETTINGS: 3} == dict(found.left_out)
    assert not matched(ours, {"['w']": array(1.0)}, formats=("joblib", "hdf5")).whole


def test_metadata_of_safetensors_is_told_from_a_tensor_of_that_name():
    ours = {"w": array(1.0)}
    assert fine(matched(ours, {"w": array(1.0), "__metadata__['format']": text("pt")}))
    assert not matched(ours, {"w": array(1.0), "__metadata__['format']": array(2.0)}).whole
    assert not matched(ours, {"w": array(1.0), "['__metadata__']": text("pt")}).whole


def test_only_the_accepted_side_may_lack_the_architecture_of_keras():
    keras = {"config.json['units']": number(3, "int"), "model.weights.h5/layers/d/vars/0": array(1.0)}
    weights = {"layers/d/vars/0": array(1.0)}
    assert fine(matched(keras, weights, formats=("zip", "hdf5")))
    assert not matched(weights, keras, formats=("hdf5", "zip")).whole


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (number(1.5), scalar(1.5), True),
        (number(1.5), scalar(float(np.nextafter(1.5, 2))), False),
        (number(1.5), scalar(1.5, "<f4"), False),
        (number(1.5, "<f4"), scalar(1.5, "<f4"), True),
        (number(3, "int"), scalar(3, "<i4"), True),
        (number(3, "int"), scalar(3.0), False),
        (number(300, "int"), scalar(44, "|u1"), False),
        (number(True, "bool"), scalar(True, "|b1"), True),
        (number(True, "bool"), scalar(1, "<i8"), False),
        (number(0.0), scalar(-0.0), False),
        (number(1.0), array(1.0), False),
    ],
)
def test_a_number_is_the_array_without_dimensions_that_holds_it(one, other, same):
    assert same is same_value(one, other)
    assert same is same_value(other, one)


NAMES = st.lists(
    st.from_regex(r"[a-z]{1,3}[0-9]?", fullmatch=True),
    min_size=2,
    max_size=6,
    unique_by=lambda name: name.rstrip("_"),
)


@given(NAMES, st.data())
def test_one_bit_in_one_weight_is_found(names, data):
    values = {name: float(place + 1) for place, name in enumerate(names)}
    chosen = data.draw(st.sampled_from(names))
    bits = struct.unpack("<q", struct.pack("<d", values[chosen]))[0] + data.draw(st.sampled_from([1, -1]))
    changed = {**values, chosen: struct.unpack("<d", struct.pack("<q", bits))[0]}
    ours = {f"model.{name}_": array(value) for name, value in values.items()}
    assert fine(matched(ours, {f"[{name!r}]": array(value) for name, value in values.items()}))
    found = matched(ours, {f"[{name!r}]": array(value) for name, value in changed.items()})
    assert [f"model.{chosen}_"] == [pair.path for pair in found.pairs if not pair.same]


@given(NAMES, st.randoms(use_true_random=False))
def test_a_permutation_or_renaming_is_never_green(names, random):
    shuffled = names.copy()
    random.shuffle(shuffled)
    ours = {f"net.{name}": array(float(place)) for place, name in enumerate(names)}
    theirs = {f"[{name!r}]": array(float(place)) for place, name in enumerate(shuffled)}
    assert fine(matched(ours, theirs)) is (shuffled == names)
    renamed = {f"['z{place}z']": leaf for place, leaf in enumerate(ours.values())}
    assert not matched(ours, renamed).whole


def test_a_wrapper_that_all_leaves_share_does_not_count():
    """`vars` alone is also the end of every other name."""
    weights = {
        "vars.attrs['name']": text("m"),
        "layers/d/vars.attrs['name']": text("d"),
        "layers/d/vars/0": array(1.0),
    }
    groups = {"": typed("h5.Group"), "layers": typed("h5.Group")}
    wrapped = {f"model.weights.h5/{path}": leaf for path, leaf in weights.items()}
    outer = {"model.weights.h5": typed("h5.Group"), "model.weights.h5/layers": typed("h5.Group")}
    assert fine(matched({**wrapped, **outer}, {**weights, **groups}, formats=("zip", "hdf5")))
    changed = {**weights, "layers/d/vars/0": array(float(np.nextafter(1.0, 2.0)))}
    found = matched({**wrapped, **outer}, {**changed, **groups}, formats=("zip", "hdf5"))
    assert ["model.weights.h5/layers/d/vars/0"] == [pair.path for pair in found.pairs if not pair.same]


def test_of_two_wrappers_that_fit_alike_none_is_chosen():
    ours = {"['student.w']": array(1.0), "['teacher.w']": array(2.0)}
    assert not matched(ours, {"['w']": array(1.0)}).pairs
    assert not matched({"['w']": array(1.0)}, ours).pairs


def test_versions_of_modules_need_a_counterpart_on_the_side_of_the_subject_alone():
    torch = {
        "": typed("collections.OrderedDict"),
        "['w']": array(1.0),
        "_metadata['']['version']": number(1, "int"),
    }
    weights = {"['w']": array(1.0)}
    assert fine(matched(torch, weights, formats=("torch", "safetensors")))
    assert not matched(weights, torch, formats=("safetensors", "torch")).whole
    key = {"['w']": array(1.0), "['_metadata']['']['version']": number(1, "int")}
    assert not matched(key, weights, formats=("torch", "safetensors")).whole
