# SPDX-License-Identifier: Apache-2.0
"""Compared fingerprints become few, true and telling lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from repro_action.compare.judge import compare
from repro_action.config.model import Tolerance
from repro_action.digest import Digest
from repro_action.fingerprint import Fingerprint, Product
from repro_action.flows.diff import DiffOptions, diff
from repro_action.report.build.comparison import comparison
from repro_action.report.model import Side, State
from repro_action.runs.project import Project
from repro_action.tree import Kind, Leaf, Statistics


def _leaf(value: float, kind: Kind = Kind.NUMBER, **fields: object) -> Leaf:
    result = value if kind is Kind.NUMBER else None
    return Leaf(kind=kind, digest=Digest("d", f"{hash((kind, value)) & 0xFFFF:08x}"), value=result, **fields)


def _fingerprint(leaves: dict[str, Leaf], path: str = "out/m", platform: str = "x86_64-v3") -> Fingerprint:
    product = Product(
        step="train",
        format="joblib",
        size=10,
        digest=Digest("d", f"{hash(tuple(leaves.items())) & 0xFFFF:08x}"),
        leaves=leaves,
    )
    return Fingerprint(
        platform=platform,
        steps=("train",),
        materials={},
        products={path: product},
        metrics={},
        circumstances={},
    )


def _compared(before: dict[str, Leaf], after: dict[str, Leaf], **fields: str):
    old, new = _fingerprint(before, **fields), _fingerprint(after, **fields)
    sides = (Side(label="a.joblib", platform=old.platform), Side(label="b.joblib", platform=new.platform))
    return comparison(compare(old, new), old, new, sides=sides)


def _paths(before: dict[str, Leaf], after: dict[str, Leaf]) -> list[str]:
    return [leaf.path for leaf in _compared(before, after).artifacts[0].leaves]


def test_leaves_of_both_sides_are_counted():
    before = {"a": _leaf(1), "b": _leaf(2), "c": _leaf(3)}
    after = {"a": _leaf(1), "d": _leaf(2), "e": _leaf(3)}
    found = _compared(before, after)
    item = found.artifacts[0]
    assert (4, 5) == (item.differing, item.leaf_count)
    assert found.unchanged.leaves == 1


def test_leaves_of_an_added_product_are_not_identical():
    old, new = _fingerprint({"a": _leaf(1)}), _fingerprint({"a": _leaf(1)})
    new = replace(new, products={**new.products, "out/n": new.products["out/m"]})
    sides = (Side(label="a", platform="p"), Side(label="b", platform="p"))
    assert comparison(compare(old, new), old, new, sides=sides).unchanged.leaves == 1


def test_a_branch_that_one_side_folds_is_one_leaf():
    before = {"a": _leaf(1, Kind.FOLDED, shape=(2,)), "b": _leaf(2)}
    after = {"a": _leaf(1, Kind.OBJECT), "a.x": _leaf(1), "a.y": _leaf(2), "b": _leaf(2)}
    found = _compared(before, after)
    assert (1, 2) == (found.artifacts[0].differing, found.artifacts[0].leaf_count)
    assert found.unchanged.leaves == 1


def test_leaves_near_the_root_come_first_then_small_ones_then_natural_order():
    names = ("x[10].y", "x[2].y", "n_estimators")
    before = {name: _leaf(1) for name in names} | {"big": _leaf(1, Kind.ARRAY, shape=(9,))}
    after = {name: _leaf(2) for name in names} | {"big": _leaf(2, Kind.ARRAY, shape=(9,))}
    assert _paths(before, after) == ["n_estimators", "big", "x[2].y", "x[10].y"]


def test_siblings_that_differ_alike_are_one_line():
    before = {f"t[{place}].n": _leaf(1) for place in range(12)}
    after = {f"t[{place}].n": _leaf(2 + place) for place in range(12)}
    (line,) = _compared(before, after).artifacts[0].leaves
    assert ("t[0…11].n", 12, "", 12.0) == (line.path, line.count, line.before, line.magnitude.max_abs)


def test_siblings_that_differ_in_other_ways_are_apart():
    before = {f"t[{place}]": _leaf(1, Kind.ARRAY, shape=(3,)) for place in range(6)}
    after = {
        f"t[{place}]": _leaf(2, Kind.ARRAY, shape=(3,) if place % 2 else (4 + place,)) for place in range(6)
    }
    assert sorted(_paths(before, after)) == ["t[0,2,4]", "t[1,3,5]"]


def test_the_index_that_varies_is_the_one_that_is_joined():
    before = {f"steps[1][{place}].coef_": _leaf(1) for place in range(3)}
    after = {f"steps[1][{place}].coef_": _leaf(2) for place in range(3)}
    assert _paths(before, after) == ["steps[1][0…2].coef_"]


def test_an_added_branch_is_one_line():
    before = {"n": _leaf(1)}
    added = {
        path: leaf
        for place in (10, 11)
        for path, leaf in ((f"t[{place}]", _leaf(1, Kind.OBJECT, dtype="m.T")), (f"t[{place}].x", _leaf(1)))
    }
    (line,) = _compared(before, before | added).artifacts[0].leaves
    assert ("t[10…11]", 4, State.ADDED) == (line.path, line.count, line.state)


def test_no_difference_is_lost_in_lines():
    before = {f"a{place}": _leaf(1) for place in range(150)}
    after = {f"a{place}": _leaf(2) for place in range(150)}
    item = _compared(before, after).artifacts[0]
    assert (100, 50, 150) == (len(item.leaves), item.hidden, item.differing)


def test_an_index_of_thousands_of_digits_is_text():
    before = {f"t[{'9' * 5000}{place}]": _leaf(1) for place in range(4)}
    after = {path: _leaf(2) for path in before}
    assert _compared(before, after).artifacts[0].differing == 4


def test_two_artifacts_by_themselves_have_a_name_and_no_inputs():
    found = _compared({"a": _leaf(1)}, {"a": _leaf(2)}, path="", platform="")
    assert ("b.joblib", ()) == (found.artifacts[0].path, found.strip)


def test_figures_from_statistics_stay_a_bound_when_joined():
    def array(top: float) -> Leaf:
        stats = Statistics(count=3, nan=0, min=0.0, max=top, mean=0.0, std=0.0, l2=0.0)
        return _leaf(top, Kind.ARRAY, dtype="<f8", shape=(3,), stats=stats)

    before = {f"t[{place}]": array(1.0) for place in range(3)}
    after = {f"t[{place}]": array(2.0 + place) for place in range(3)}
    (line,) = _compared(before, after).artifacts[0].leaves
    assert ("statistics", 3.0) == (line.magnitude.measured, line.magnitude.max_abs)


def test_statistics_with_the_same_extremes_bound_nothing():
    def array(mean: float) -> Leaf:
        stats = Statistics(count=3, nan=0, min=0.0, max=1.0, mean=mean, std=0.0, l2=0.0)
        return _leaf(mean, Kind.ARRAY, dtype="<f8", shape=(3,), stats=stats)

    (line,) = _compared({"a": array(0.5)}, {"a": array(0.6)}).artifacts[0].leaves
    assert line.magnitude.max_abs is None


@pytest.mark.processes
def test_a_text_shows_its_first_line_that_differs(tmp_path):
    for name, line in (("a.txt", "world"), ("b.txt", "worlds")):
        (tmp_path / name).write_text(f"hello\n{line}\n", encoding="utf-8")
    found = diff(tmp_path, "a.txt", "b.txt", DiffOptions(tolerance=Tolerance()), _no_project)
    (line,) = found.comparison.artifacts[0].leaves
    assert ('"world"', '"worlds"', "line 2") == (line.before, line.after, line.magnitude.first)


@pytest.mark.processes
def test_an_array_of_one_value_shows_it(tmp_path):
    np.save(tmp_path / "a.npy", np.float64(0.1))
    np.save(tmp_path / "b.npy", np.float64(0.2))
    found = diff(tmp_path, "a.npy", "b.npy", DiffOptions(tolerance=Tolerance()), _no_project)
    (line,) = found.comparison.artifacts[0].leaves
    assert ("0.1", "0.2") == (line.before, line.after)


def _no_project() -> Project:
    raise AssertionError("two files need no project")
