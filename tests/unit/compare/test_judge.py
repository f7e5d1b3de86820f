"""The table of verdicts, row by row."""

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.difference import ProductState
from repro_action.compare.judge import compare, judge
from repro_action.compare.metrics import allowed, ulp_distance
from repro_action.config.model import ArtifactRule, MetricRule, Tolerance
from repro_action.fingerprint import MaterialKind
from repro_action.tree import Kind
from repro_action.verdict import Verdict

OTHER_MATERIALS = {MaterialKind.CODE: {"train.py": "blake3:" + "0" * 64}}
OTHER_PRODUCT = {"out/model.joblib": make_product({"coef_": make_leaf("y")})}


def verdict(after, **rules):
    return judge(compare(make_fingerprint(), make_fingerprint(**after), **rules))


def test_the_same_run_is_reproduced():
    assert verdict({}) is Verdict.REPRODUCED


def test_circumstances_are_no_part_of_equality():
    assert verdict({"circumstances": {"cpu": "Intel"}}) is Verdict.REPRODUCED


def test_changed_materials_with_identical_outputs_are_reproduced():
    assert verdict({"materials": OTHER_MATERIALS}) is Verdict.REPRODUCED


def test_other_bytes_around_the_same_leaves_are_reproduced_and_named():
    after = make_fingerprint(products={"out/model.joblib": make_product(content="zip times")})
    difference = compare(make_fingerprint(), after)
    assert judge(difference) is Verdict.REPRODUCED
    assert difference.bytes_only
    assert difference.products[0].state is ProductState.BYTES_ONLY


def test_the_same_leaves_in_another_format_are_a_difference():
    after = {"products": {"out/model.joblib": make_product(format="npy")}}
    assert verdict(after) is Verdict.DRIFTED
    # Two files that are compared directly have no name in common.
    pair = [make_fingerprint(products={"": make_product(format=name)}) for name in ("npy", "joblib")]
    assert judge(compare(*pair)) is Verdict.REPRODUCED


@pytest.mark.parametrize("tolerance", [Tolerance(), Tolerance(atol=1e-300)])
def test_a_metric_tells_zero_from_negative_zero_but_inside_a_tolerance(tolerance):
    before = make_fingerprint(metrics={"m.json": {"loss": 0.0}})
    after = make_fingerprint(metrics={"m.json": {"loss": -0.0}})
    rules = {"m.json": {"loss": MetricRule(tolerance=tolerance)}}
    expected = Verdict.DRIFTED if tolerance.exact else Verdict.EQUIVALENT
    assert judge(compare(before, after, metrics=rules)) is expected


def test_other_outputs_of_other_materials_are_changed():
    assert verdict({"materials": OTHER_MATERIALS, "products": OTHER_PRODUCT}) is Verdict.CHANGED


def test_other_outputs_of_the_same_materials_are_drifted():
    assert verdict({"products": OTHER_PRODUCT}) is Verdict.DRIFTED


@pytest.mark.parametrize(
    "after",
    [
        {"products": {}},
        {"products": {"out/model.joblib": make_product({})}},
        {"products": {"out/model.joblib": make_product(), "out/more": make_product()}},
        {"metrics": {}},
        {"metrics": {"out/metrics.json": {}}},
        {"metrics": {"out/metrics.json": {"accuracy": 0.9, "more": 1}}},
        {"metrics": {"out/metrics.json": {"accuracy": None}}},
        {"metrics": {"out/metrics.json": {"accuracy": float("nan")}}},
        {"metrics": {"out/metrics.json": {"accuracy": "0.9"}}},
    ],
)
def test_what_is_missing_or_new_is_never_a_pass(after):
    loose = {"out/metrics.json": {"*": MetricRule(tolerance=Tolerance(atol=1e9, rtol=1e9))}}
    rules = {"metrics": loose, "artifacts": [ArtifactRule(glob="*", tolerance=Tolerance(atol=1e9))]}
    assert verdict(after, **rules) is Verdict.DRIFTED


def test_a_metric_inside_its_tolerance_is_equivalent():
    rules = {"out/metrics.json": {"accuracy": MetricRule(tolerance=Tolerance(atol=0.01))}}
    assert (
        verdict({"metrics": {"out/metrics.json": {"accuracy": 0.905}}}, metrics=rules) is Verdict.EQUIVALENT
    )
    assert verdict({"metrics": {"out/metrics.json": {"accuracy": 0.92}}}, metrics=rules) is Verdict.DRIFTED


@pytest.mark.parametrize(
    ("goal", "after", "expected"),
    [("max", 0.89, True), ("max", 0.8, False), ("max", 5.0, True), ("min", 0.91, True), ("min", 1.0, False)],
)
def test_a_worsening_is_allowed_in_one_direction_only(goal, after, expected):
    assert expected is allowed(0.9, after, MetricRule(goal=goal, worsening=0.05))


def test_a_leaf_with_a_number_is_judged_by_its_value():
    def one(value, content):
        leaf = make_leaf(content, kind=Kind.NUMBER, dtype="float", shape=(), stats=None, value=value)
        return make_fingerprint(products={"out/m": make_product({"bias": leaf})})

    rules = [ArtifactRule(glob="out/*", tolerance=Tolerance(rtol=1e-6))]
    near = compare(one(1.0, "a"), one(1.0 + 1e-9, "b"), artifacts=rules)
    far = compare(one(1.0, "a"), one(1.1, "b"), artifacts=rules)
    assert judge(near) is Verdict.EQUIVALENT
    assert judge(far) is Verdict.DRIFTED


def test_a_tolerance_that_cannot_be_shown_to_hold_is_not_green():
    after = make_fingerprint(products=OTHER_PRODUCT)
    difference = compare(
        make_fingerprint(), after, artifacts=[ArtifactRule(glob="*", tolerance=Tolerance(atol=1.0))]
    )
    assert judge(difference) is Verdict.DRIFTED
    assert difference.products[0].leaves[0].undecided


def test_the_last_matching_rule_decides():
    rules = [ArtifactRule(glob="*", tolerance=Tolerance(atol=9)), ArtifactRule(glob="out/*")]
    difference = compare(make_fingerprint(), make_fingerprint(products=OTHER_PRODUCT), artifacts=rules)
    assert not difference.products[0].leaves[0].undecided


def test_a_leaf_that_a_rule_of_this_run_excludes_does_not_count():
    before = {"out/m": make_product({"coef_": make_leaf(), "refit_time_": make_leaf("1 s")})}
    after = {"out/m": make_product({"coef_": make_leaf()}, excluded={"refit_time_": "fit-times"})}
    assert (
        judge(compare(make_fingerprint(products=before), make_fingerprint(products=after)))
        is Verdict.REPRODUCED
    )


def test_a_baseline_cannot_hide_a_leaf_by_excluding_it():
    before = {"out/m": make_product({}, excluded={"coef_": "forged"})}
    after = {"out/m": make_product({"coef_": make_leaf()})}
    assert (
        judge(compare(make_fingerprint(products=before), make_fingerprint(products=after))) is Verdict.DRIFTED
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1.0, 1.0, 0),
        (0.0, -0.0, 0),
        (1.0, 1.0000000000000002, 1),
        (5e-324, -5e-324, 2),
        (1.0, float("nan"), None),
    ],
)
def test_ulp_distance(before, after, expected):
    assert expected == ulp_distance(before, after)
