"""Laws of the baseline file."""

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action import schemas
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, equality_id, fingerprint_id, load
from repro_action.errors import BaselineError
from repro_action.fingerprint import MaterialKind
from repro_action.tree import Kind


def make_baseline(**changes):
    return Baseline(name="wine").accept(make_fingerprint(**changes))


def test_load_undoes_dump():
    baseline = make_baseline()
    assert load(dump(baseline)) == baseline


def test_every_field_of_a_leaf_survives():
    leaves = {
        "a": make_leaf(),
        "b": make_leaf(kind=Kind.NUMBER, dtype="float", shape=(), stats=None, value=-0.0),
        "c": make_leaf(kind=Kind.UNREADABLE, dtype="", shape=(9,), stats=None, reason="too deep"),
        "d": make_leaf(kind=Kind.ARRAY, shape=()),
    }
    product = make_product(leaves, reason="why", excluded={"refit_time_": "fit-times"})
    baseline = make_baseline(products={"out/x": product})
    loaded = load(dump(baseline)).platforms["x86_64-v3"].products["out/x"]
    assert product == loaded
    assert math.copysign(1, loaded.leaves["b"].value) == -1


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 1e-323, 0.1 + 0.2, 2**70, True, None, "NaN"]
)
def test_every_metric_value_survives(value):
    text = dump(make_baseline(metrics={"m.json": {"x": value}}))
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    loaded = load(text).platforms["x86_64-v3"].metrics["m.json"]["x"]
    assert type(loaded) is type(value)
    assert loaded == value or (math.isnan(value) and math.isnan(loaded))


def test_a_changed_leaf_changes_one_line():
    before = dump(
        make_baseline(
            products={"out/x": make_product({"a": make_leaf("1"), "b": make_leaf("2")}, content="c")}
        )
    )
    after = dump(
        make_baseline(
            products={"out/x": make_product({"a": make_leaf("1"), "b": make_leaf("3")}, content="c")}
        )
    )
    changed = [
        (old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new
    ]
    assert len(changed) == 1
    assert '"b"' in changed[0][0]


def test_text_does_not_depend_on_insertion_order():
    forward = make_baseline(metrics={"m.json": {"a": 1, "b": 2}, "k.json": {}})
    backward = make_baseline(metrics={"k.json": {}, "m.json": {"b": 2, "a": 1}})
    assert dump(forward) == dump(backward)


def test_accept_replaces_its_own_class_only():
    other = make_fingerprint(platform="aarch64-linux")
    baseline = make_baseline().accept(other).accept(make_fingerprint(metrics={}))
    assert list(baseline.platforms) == ["aarch64-linux", "x86_64-v3"]
    assert baseline.platforms["aarch64-linux"] == other
    assert baseline.platforms["x86_64-v3"].metrics == {}


def test_the_id_of_earlier_reports_ignores_container_bytes_and_circumstances():
    plain = make_fingerprint()
    noisy = make_fingerprint(
        products={"out/model.joblib": make_product(content="other bytes", size=7)},
        circumstances={"cpu": "Intel"},
    )
    assert equality_id(plain) == equality_id(noisy)
    assert fingerprint_id(plain) != fingerprint_id(noisy)


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": {"out/metrics.json": {"accuracy": 0.91}}},
        {"materials": {MaterialKind.SEED: {"seed": 1}}},
        {"products": {"out/model.joblib": make_product({"coef_": make_leaf("y")})}},
        {"products": {}},
        {"platform": "aarch64-linux"},
        {"circumstances": {"cpu": "another"}},
        {"steps": ("other",)},
        {"products": {"out/model.joblib": replace(make_product(), format="other")}},
        {"products": {"out/model.joblib": replace(make_product(), excluded={"coef_": "a rule"})}},
        {"products": {"out/model.joblib": replace(make_product(), reason="other")}},
        {"products": {"out/model.joblib": replace(make_product(), size=99)}},
    ],
)
def test_the_id_covers_everything_that_is_committed(change):
    assert fingerprint_id(make_fingerprint()) != fingerprint_id(make_fingerprint(**change))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("[]", "Expected `object`, got `array`"),
        ('{"version": 2}', "version"),
        ('{"version": 1, "version": 1}', "appears twice"),
        ('<<<<<<< HEAD\n{"version": 1}', "conflict markers"),
        (
            '{"version": 1, "name": "x", "platforms": {"p": {"steps": [], "circumstances": {}, "materials": {"spell": {}}}}}',
            "spell",
        ),
        ('{"version": 1, "name": 5, "platforms": {}}', "name: Expected `str`, got `int`"),
        ('{"version": 1, "name": "x", "platforms": {}, "more": 1}', "unknown field `more`"),
        ('{"version": true, "name": "x", "platforms": {}}', "version: "),
        ("[" * 100_000, "not valid JSON"),
        ('{"version": NaN}', "not valid JSON"),
    ],
)
def test_what_is_no_baseline_is_refused_with_a_reason(text, message):
    with pytest.raises(BaselineError, match=message):
        load(text)


@pytest.mark.parametrize("path", ["shape", "digest", "kind", "stats"])
def test_a_damaged_leaf_is_refused(path):
    document = json.loads(dump(make_baseline()))
    document["platforms"]["x86_64-v3"]["products"]["out/model.joblib"]["leaves"]["coef_"][path] = {"a": "b"}
    with pytest.raises(BaselineError):
        load(json.dumps(document))


@pytest.mark.parametrize("value", ['{"float": []}', '{"float": "half"}', '{"a": 1}', "[1]", "1" * 5000])
def test_a_metric_that_is_no_scalar_is_refused(value):
    text = dump(make_baseline(metrics={"m.json": {"x": 12345}})).replace("12345", value)
    with pytest.raises(BaselineError):
        load(text)


def test_a_file_name_that_is_no_utf8_survives_as_plain_utf8():
    name = b"extra/b\xff.txt".decode("utf-8", "surrogateescape")
    baseline = make_baseline(materials={MaterialKind.CODE: {name: "blake3:" + "0" * 64}})
    text = dump(baseline)
    text.encode("utf-8")
    assert load(text) == baseline


VALIDATOR = jsonschema.Draft202012Validator(schemas.load("baseline.v1"))
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/repro.baseline.json"))


def test_what_is_written_follows_the_published_schema():
    leaves = {
        "a": make_leaf(),
        "b": make_leaf(kind=Kind.NUMBER, dtype="float", shape=(), stats=None, value=math.inf),
    }
    products = {"out/x": make_product(leaves, reason="why", excluded={"refit_time_": "fit-times"})}
    VALIDATOR.validate(
        json.loads(dump(make_baseline(products=products, metrics={"m.json": {"x": math.nan}})))
    )
    assert {kind.value for kind in Kind} == set(VALIDATOR.schema["$defs"]["Kind"]["enum"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_committed_baselines_are_canonical_and_follow_the_schema(path):
    text = path.read_text(encoding="utf-8")
    VALIDATOR.validate(json.loads(text))
    assert text == dump(load(text))


def test_the_examples_have_baselines():
    assert {"churn", "digits", "mnist-like", "wine"} <= {path.parent.name for path in EXAMPLES}
