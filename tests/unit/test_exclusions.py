# SPDX-License-Identifier: Apache-2.0
"""What is left out of equality, in the room that a baseline has for it."""

from __future__ import annotations

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.compare.judge import compare
from repro_action.compare.products import compare_leaves
from repro_action.config.model import Tolerance
from repro_action.exclusions import AS_METRICS, same_exclusions, with_few_exclusions
from repro_action.fingerprint import Product
from repro_action.listing import flatten, flatten_like, folded, share
from repro_action.tree import Kind, branch


def _times(count: int, rule: str = "fit times") -> dict[str, str]:
    return {f"steps[{n}].refit_time_": rule for n in range(count)}


def _run(**products: Product):
    return make_fingerprint(products=products)


def _written(run):
    text = dump(Baseline(name="x").accept(run))
    (read,) = load(text).platforms.values()
    return read


def test_few_exclusions_stay_as_they_are():
    run = _run(a=make_product(excluded=_times(20)))
    assert run is with_few_exclusions(run)
    assert run == _written(run)


def test_many_are_a_count_a_rule_one_path_of_each_and_a_digest():
    run = _run(a=make_product(excluded={**_times(5_000), "x.txt": "texts", "m.json": AS_METRICS}))
    (product,) = with_few_exclusions(run).products.values()
    assert {"m.json": AS_METRICS, "steps[0].refit_time_": "fit times", "x.txt": "texts"} == product.excluded
    assert product.unlisted is not None
    assert {"fit times": 4_999} == product.unlisted.rules
    assert {"fit times": 5_000, "texts": 1, AS_METRICS: 1} == product.left_out()
    assert _written(run) == with_few_exclusions(run) == _written(_written(run))


def test_a_run_has_one_id_before_and_after_it_is_written():
    run = _run(a=make_product(excluded=_times(5_000)), b=make_product(excluded=_times(3)))
    assert fingerprint_id(run) == fingerprint_id(_written(run))
    other = _run(a=make_product(excluded=_times(5_001)), b=make_product(excluded=_times(3)))
    assert fingerprint_id(run) != fingerprint_id(other)


def test_exclusions_are_the_same_whether_they_are_listed_or_counted():
    whole = make_product(excluded=_times(5_000))
    (counted,) = with_few_exclusions(_run(a=whole)).products.values()
    (other,) = with_few_exclusions(_run(a=make_product(excluded=_times(5_000, "other")))).products.values()
    assert same_exclusions(whole, counted)
    assert same_exclusions(counted, counted)
    assert not same_exclusions(whole, other)
    assert not same_exclusions(make_product(), counted)
    assert compare(_run(a=counted), _run(a=whole)).same


def test_what_a_counted_rule_may_have_left_out_hides_no_missing_leaf():
    excluded = _times(5_000)
    path = "steps[4000].refit_time_"
    before = make_product({path: make_leaf("crafted"), "coef_": make_leaf()}, excluded=excluded)
    (counted,) = with_few_exclusions(_run(a=before)).products.values()
    after = make_product({"coef_": make_leaf()}, excluded=excluded)
    assert [path] == [found.path for found in compare_leaves(counted, after, Tolerance())]


def _many(root, count):
    lines = share(dict.fromkeys([f"out/{n}" for n in range(count)], root))
    return {name: make_product({}, digest=root.digest) for name in lines}


def test_one_of_very_many_outputs_is_its_trees_digest():
    root = branch((f"[{n}]", make_leaf(str(n))) for n in range(3))
    other = branch((f"[{n}]", make_leaf(f"other {n}")) for n in range(3))
    run = make_fingerprint(products=_many(root, 257))
    assert run == _written(run)
    assert {"": Kind.FOLDED} == {path: leaf.kind for path, leaf in run.products["out/0"].leaves.items()}
    changed = {**run.products, "out/7": make_product({}, digest=other.digest)}
    found = compare(_written(run), make_fingerprint(products=changed))
    assert ["out/7"] == [product.path for product in found.products if not product.state.same]


def test_an_older_baseline_of_very_many_outputs_is_still_compared_leaf_by_leaf():
    root = branch((f"[{n}]", make_leaf(str(n))) for n in range(3))
    then = make_product(flatten(root))
    now = make_product(flatten_like(root, then.leaves), digest=root.digest)
    found = compare(_run(a=then), _run(a=now))
    assert found.same
    assert not found.bytes_only


@pytest.mark.parametrize("root", [make_leaf("x"), branch([("[0]", make_leaf("x"))])])
def test_a_tree_that_is_one_line_is_listed_as_that_line(root):
    lines = {"": folded(root)}
    assert lines == flatten_like(root, lines)
