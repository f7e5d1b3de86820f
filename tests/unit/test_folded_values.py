# SPDX-License-Identifier: Apache-2.0
"""Laws of metrics and materials in a baseline: a bound whatever there are, and no difference that is lost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from factories import digest_of, make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.compare.judge import compare, judge
from repro_action.compare.marks import MARKED, MARKS
from repro_action.config.model import MetricRule, Tolerance
from repro_action.findings.suspects import describe
from repro_action.fingerprint import MaterialKind
from repro_action.folded_values import ROOM, fold, leaf_room, names_of, remainders, unfolded, with_few_values
from repro_action.listing import REST, share
from repro_action.listing import ROOM as LEAVES
from repro_action.tree import branch
from repro_action.verdict import Verdict

CODE, DATA, PARAMS, RULES = MaterialKind.CODE, MaterialKind.DATA, MaterialKind.PARAMS, MaterialKind.RULES
PACKAGES, STEPS = MaterialKind.PACKAGES, MaterialKind.STEPS


def run(metrics=None, rules=(), products=None, **materials):
    """Return a run with metrics of `m.json` and materials by the name of their kind."""
    named = {f"m.json: metric {name}": text for name, text in dict(rules).items()}
    kinds = {MaterialKind[kind]: values for kind, values in materials.items()}
    base = make_fingerprint(**({"products": products} if products is not None else {}))
    return replace(
        base,
        materials={
            **base.materials,
            RULES: {"m.json: metrics": "read", **named, **kinds.pop(RULES, {})},
            **kinds,
        },
        metrics={"m.json": metrics} if metrics is not None else base.metrics,
    )


def written(fingerprint):
    (read,) = load(dump(Baseline(name="x").accept(fingerprint))).platforms.values()
    return read


def size(fingerprint):
    return len(dump(Baseline(name="x").accept(fingerprint)).encode())


def scores(count, **others):
    return {**{f"epoch.{n:05}.loss": n / 7 for n in range(count)}, **others}


def files(count, folder="src"):
    return {
        f"{folder}/module_{n:04}/train.py": str(digest_of(f"{folder}{n}", "blake3")) for n in range(count)
    }


def packages(count):
    return {f"package-{n:04}": f"1.{n}.0 record:0123456789ab" for n in range(count)}


WIDE = branch((f"[{n}]", make_leaf(str(n))) for n in range(400))

SHAPES = {
    "1,500 metrics": lambda: run(scores(1_500)),
    "20,000 metrics": lambda: run(scores(20_000)),
    "as much as takes no room of artifacts": lambda: run(CODE=files(30)),
    "metrics with long names": lambda: run({f"{'k' * 900}{n}": n for n in range(500)}),
    "metrics with foreign names": lambda: run({f"{'ü😀' * 60}{n}": n for n in range(500)}),
    "metrics that are long texts": lambda: run({f"t{n}": "x" * 5_000 for n in range(50)}),
    "one metric that is a very long text": lambda: run({"text": "x" * 100_000, "a": 1}),
    "metrics that are huge numbers": lambda: run({f"n{n}": 10**900 for n in range(300)}),
    "metrics that are not numbers": lambda: run({f"n{n}": math.nan for n in range(3_000)}),
    "metrics with rules": lambda: run(scores(2_000, acc=1.0), {"acc": "goal = max"}),
    "metrics of all types": lambda: run(
        {f"n{n}": [n, n / 3, str(n), None, n % 2 == 0][n % 5] for n in range(1_500)}
    ),
    "300 metrics of text": lambda: run({f"label {n}": "word " * 20 for n in range(300)}),
    "1,500 parameters": lambda: run(PARAMS={f"p.toml: {name}": value for name, value in scores(1_500).items()}),
    "a parameter that is a long text": lambda: run(PARAMS={"p.json: prompt": "you are " * 9_000, "p.json: k": 1}),
    "parameters of many files": lambda: run(PARAMS={f"conf/{n}.yaml: a.b": n for n in range(1_000)}),
    "200 inputs": lambda: run(CODE=files(200)),
    "500 inputs": lambda: run(CODE=files(500)),
    "2,000 inputs": lambda: run(CODE=files(2_000)),
    "900 files of data": lambda: run(DATA=files(900, "data")),
    "inputs with long names": lambda: run(CODE=files(300, "f" * 400)),
    "code and data": lambda: run(CODE=files(400), DATA=files(400, "data")),
    "400 packages": lambda: run(PACKAGES=packages(400)),
    "1,500 packages": lambda: run(PACKAGES=packages(1_500)),
    "a long command": lambda: run(STEPS={"train": f"python train.py {'--option value ' * 9_000}→ out"}),
    "many rules": lambda: run(RULES={f"out/{n}.json: tolerance": "atol = 0.1" for n in range(2_000)}),
    "many byproducts": lambda: run(RULES={"out: byproducts": "a/*.txt " * 9_000}),
    "many variables": lambda: run(ENVIRONMENT={f"VARIABLE_{n}": str(digest_of(str(n), "sha256")) for n in range(900)}),
    "everything": lambda: run(
        scores(2_000), CODE=files(500), DATA=files(500, "data"), PACKAGES=packages(500), PARAMS=scores(900)
    ),
}  # fmt: skip


def marked(lines):
    """Return products with as many marks as a run has at most."""
    left = MARKED
    products = {}
    for name, each in lines.items():
        first = {path: replace(leaf, marks="f" * 4 * MARKS) for path, leaf in list(each.items())[:left]}
        left -= len(first)
        products[name] = make_product({**each, **first})
    return products


@pytest.mark.parametrize("name", SHAPES)
def test_a_baseline_is_small_whatever_metrics_and_materials_there_are(name):
    base = SHAPES[name]()
    for artifacts in (1, 5, 100):
        names = [f"out/folder/model-{n:05}.joblib" for n in range(artifacts)]
        lines = share(dict.fromkeys(names, WIDE), leaf_room(base.materials, base.metrics))
        fingerprint = replace(base, products=marked(lines))
        assert size(fingerprint) <= (64 << 10) + 200 * artifacts, artifacts


@pytest.mark.parametrize("count", [20, 250])
def test_a_baseline_of_many_files_of_metrics_is_small(count):
    base = run(PACKAGES=packages(200))
    fingerprint = replace(base, metrics={f"out/{n:03}/metrics.json": scores(200) for n in range(count)})
    assert size(fingerprint) <= (64 << 10) + 200 * count


@pytest.mark.parametrize("name", SHAPES)
def test_a_run_has_one_id_before_and_after_it_is_written_and_is_the_same(name):
    fingerprint = SHAPES[name]()
    once = written(fingerprint)
    assert once == with_few_values(fingerprint) == written(once)
    assert fingerprint_id(fingerprint) == fingerprint_id(once)
    for before, after in ((once, fingerprint), (fingerprint, once), (once, once), (fingerprint, fingerprint)):
        found = compare(before, after)
        assert found.same
        assert () == found.materials


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_kept_beside_a_baseline_unfolds_it(name):
    fingerprint = SHAPES[name]()
    kept = remainders(fingerprint, with_few_values(fingerprint))
    assert unfolded(written(fingerprint), kept.get) == fingerprint
    damaged = {digest: {**values, "one more": 1} for digest, values in kept.items()}
    assert unfolded(written(fingerprint), damaged.get) == written(fingerprint)


def values_of(fingerprint):
    yield from ((("metrics", file), values) for file, values in fingerprint.metrics.items())
    yield from ((("materials", kind), values) for kind, values in fingerprint.materials.items())


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    ("edit", "place"), [("change", "first"), ("change", "last"), ("remove", "last"), ("add", "last")]
)
def test_no_edit_of_a_value_is_lost_from_either_side(name, edit, place):
    fingerprint = SHAPES[name]()
    for (field, key), values in values_of(fingerprint):
        if len(values) < 2 or key is RULES:
            continue
        names = sorted(values)
        target = names[{"first": 0, "last": -1}[place]]
        changed = dict(values)
        match edit:
            case "change":
                changed[target] = "another"
            case "remove":
                del changed[target]
            case "add":
                changed[f"{target} too"] = 0.5
        edited = replace(fingerprint, **{field: {**getattr(fingerprint, field), key: changed}})
        for before, after in ((written(fingerprint), edited), (written(edited), fingerprint)):
            found = compare(before, after)
            assert [one for one in (found.metrics if field == "metrics" else found.materials) if one]
            assert found.same is (field == "materials")
            assert bool(found.materials) is (field == "materials")


def test_few_values_stay_as_they_are():
    fingerprint = run(scores(60), CODE=files(50), PACKAGES=packages(80))
    assert fingerprint is with_few_values(fingerprint)
    assert fingerprint == written(fingerprint)
    assert leaf_room(make_fingerprint().materials, make_fingerprint().metrics) == LEAVES


def test_a_metric_that_a_rule_names_is_listed_by_value():
    rules = {"zeta": "goal = max", "yota": "exact"}
    read = written(run(scores(9_000, zeta=0.25, yota=0.5, xi=0.75), rules))
    assert (0.25, 0.5) == (read.metrics["m.json"]["zeta"], read.metrics["m.json"]["yota"])
    assert "xi" not in read.metrics["m.json"]
    assert "epoch.00000.loss" in read.metrics["m.json"]


def test_a_tolerance_for_all_metrics_names_each():
    values = scores(9_000)
    fingerprint = run(values, {"*": "rtol = 0.01"})
    read = written(fingerprint)
    assert values == read.metrics["m.json"]
    moved = replace(fingerprint, metrics={"m.json": {**values, "epoch.08000.loss": 8_000 / 7 * 1.001}})
    rules = {"m.json": {"*": MetricRule(tolerance=Tolerance(rtol=0.01))}}
    assert judge(compare(read, moved, metrics=rules)) is Verdict.EQUIVALENT
    assert judge(compare(written(run(values)), moved, metrics=rules)) is Verdict.DRIFTED


def test_a_remainder_that_differs_is_named_as_far_as_the_baseline_can():
    values = scores(20_000)
    before = written(run(values))
    folded = before.folded_metrics["m.json"]
    assert len(before.metrics["m.json"]) + folded.count == 20_000
    last_marked, last = max(folded.marks), "epoch.19999.loss"
    assert last not in folded.marks
    (unnamed,) = (m for m in compare(before, run({**values, last: 0.0})).metrics if not m.same)
    said = f"at least one of {folded.count:,} further metrics differs; the baseline does not list them one by one"
    assert said == unnamed.others.sentence("metric")
    (named,) = (m for m in compare(before, run({**values, last_marked: 0.0})).metrics if not m.same)
    assert f"1 of {folded.count:,} further metrics differs: {last_marked}" == named.others.sentence("metric")
    (gone,) = (m for m in compare(before, run(scores(19_999))).metrics if not m.same)
    assert f"{folded.count:,} → {folded.count - 1:,} further metrics" in gone.others.sentence("metric")
    assert folded.count - 1 == gone.count


@pytest.mark.parametrize(
    ("kind", "noun"), [(CODE, "code file"), (PARAMS, "parameter"), (PACKAGES, "package")]
)
def test_a_material_that_differs_is_named_among_hundreds_and_counted_among_thousands(kind, noun):
    def base(count, **edits):
        return run(**{kind.name: {**{f"name {n:05}": f"1.{n}" for n in range(count)}, **edits}})

    before = written(base(600))
    (found,) = compare(before, base(600, **{"name 00500": "2.0"})).materials
    assert (kind, "name 00500", "2.0") == (found.kind, found.name, found.after)
    (gone,) = compare(written(base(600, **{"one more": "1"})), base(600)).materials
    assert (kind, "one more", False) == (gone.kind, gone.name, gone.in_after)
    many = written(base(30_000))
    (found,) = compare(many, base(30_000, **{"name 29999": "2.0"})).materials
    assert (kind, REST) == (found.kind, found.name)
    assert f"at least one of {many.folded_materials[kind].count:,} further {noun}s differs" in describe(found)


def test_undeclared_files_are_known_from_the_names():
    fingerprint = run(CODE=files(400))
    assert set(fingerprint.materials[CODE]) == names_of(written(fingerprint), CODE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": math.nan}, {"a": math.nan}, True),
        ({"a": 0.0}, {"a": -0.0}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({"a": None}, {"a": "None"}, False),
        ({"a": 10**300}, {"a": 1e300}, False),
        ({"a": "b", "c": "d"}, {"a": "bc", "": "d"}, False),
        ({"\ud800": "\udfff"}, {"\ud800": "\udffe"}, False),
        ({"a": 0.1}, {"a": 0.1 + 2**-55}, False),
    ],
)
def test_values_have_one_digest_where_they_are_compared_as_the_same(one, other, same):
    assert (fold(one, "blake3").digest == fold(other, "blake3").digest) is same


def test_a_baseline_of_an_earlier_version_is_never_folded():
    old = make_fingerprint(metrics={"m.json": scores(5_000)})
    assert old is with_few_values(old)
    assert compare(old, replace(run(scores(5_000)), materials=old.materials)).same


def test_the_digest_is_of_the_content_algorithm():
    product = make_product(digest=digest_of("x", "sha256"))
    read = written(run(scores(5_000), products={"m": product}))
    assert "sha256" == read.folded_metrics["m.json"].digest.algorithm


def test_a_digest_of_a_foreign_algorithm_is_a_difference():
    read = written(run(scores(5_000)))
    folded = read.folded_metrics["m.json"]
    for name in ("md5", "crc32"):
        foreign = replace(folded, digest=digest_of("x", name))
        found = compare(replace(read, folded_metrics={"m.json": foreign}), run(scores(5_000)))
        assert not found.same


def test_a_metric_called_like_the_remainder_hides_nothing():
    values = scores(5_000, **{REST: 1.0})
    read = written(run(values))
    assert compare(read, run(values)).same
    assert not compare(read, run({**values, REST: 2.0})).same
    assert not compare(read, run({**values, "epoch.04999.loss": 2.0})).same


def test_room_of_artifacts_is_less_where_values_take_it():
    many = run(CODE=files(900))
    assert LEAVES - ROOM <= leaf_room(many.materials, many.metrics) < LEAVES
