"""Laws of listing: a bound of bytes whatever the shape, and one depth for both sides of a comparison."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.compare.judge import compare
from repro_action.compare.products import compare_leaves
from repro_action.config.load import load
from repro_action.config.model import Tolerance
from repro_action.listing import MANY, REST, flatten, flatten_like, share
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.runs.products import deepened
from repro_action.tree import Kind, Statistics, branch

STATS = Statistics(
    count=10**9, nan=0, min=-1.2345678901234567e-300, max=1.2345678901234567e300, mean=-0.1234567890123456,
    std=1.2345678901234567e-100, l2=1.2345678901234567e100,
)  # fmt: skip
NUMBERS = (1, 15, 257, 3_000)


def leaf(name, **more):
    return make_leaf(str(name), **more)


def shape(kind, count):
    """Return a tree of a kind with a number of leaves."""
    match kind:
        case "flat":
            return branch((f"[{n}]", leaf(n)) for n in range(count))
        case "records":
            return branch((f"[{n}]", branch([(".a", leaf(n)), (".b", leaf(-n))])) for n in range(count))
        case "typed":
            return branch((f"[{n}]", branch([(".a", leaf(n))], type="pkg.Class")) for n in range(count))
        case "nested":
            return branch((f"[{n}]", branch([(".x", branch([(".y", leaf(n))]))])) for n in range(count))
        case "tall":
            node = leaf(0)
            for n in range(min(count, 900)):
                node = branch([(f".level{n}", node)], type="t")
            return branch([(".top", node)])
        case "long names":
            return branch((f"['{'k' * 3_000}{n}']", leaf(n)) for n in range(count))
        case "foreign names":
            return branch((f"['{'ü😀' * 100}{n}']", leaf(n)) for n in range(count))
        case "long types":
            return branch((f"[{n}]", branch([(".a", leaf(n))], type="t" * 5_000)) for n in range(count))
        case "tensors":
            children = (
                (f".w{n}", leaf(n, dtype="<f8", shape=(512, 512, 3, 3), stats=STATS)) for n in range(count)
            )
            return branch(children)
        case "ordered":
            return branch(((f"['{n}']", leaf(n)) for n in range(count)), ordered=True)
        case "empty branches":
            return branch((f"[{n}]", branch([])) for n in range(count))
        case "unreadable":
            return branch((f"[{n}]", leaf(n, kind=Kind.UNREADABLE, reason="r" * 200)) for n in range(count))
        case "big numbers":
            children = ((f"[{n}]", leaf(n, kind=Kind.NUMBER, value="9" * 1_233)) for n in range(count))
            return branch(children)
        case "many dimensions":
            return branch((f"[{n}]", leaf(n, dtype="<f4", shape=(2,) * 60)) for n in range(count))
        case "binary tree":
            nodes = [leaf(n) for n in range(count)]
            while len(nodes) > 1:
                pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
                nodes = [branch((f"[{at}]", node) for at, node in enumerate(pair)) for pair in pairs]
            return nodes[0]
        case "shared":
            node = leaf(0)
            for _ in range(min(count, 150)):
                node = branch([("[0]", node), ("[1]", node)])
            return node
        case "files":
            rows = (branch([(f"/{m}.txt", leaf((n, m))) for m in range(3)]) for n in range(count))
            return branch((f"/folder{n}", row) for n, row in enumerate(rows))
        case "one leaf":
            return leaf(count, dtype="<f8", shape=(3, 4), stats=STATS)
        case "same names":
            return branch([("['a']", leaf(n)) for n in range(count)], ordered=True)
        case _:
            return branch(
                [("[0]", shape("flat", count)), ("[1]", shape("records", count)), ("[2]", leaf("x"))]
            )


KINDS = (
    "flat", "records", "typed", "nested", "tall", "long names", "foreign names", "long types", "tensors", "mixed",
    "ordered", "empty branches", "unreadable", "big numbers", "many dimensions", "binary tree", "shared", "files",
    "one leaf", "same names",
)  # fmt: skip


def excluding(root, lines, count):
    """Return a product that leaves out a number of leaves, by a few rules."""
    names = {f"steps[{n}].fit_time_": f"rule {n % 3}" for n in range(count)}
    whole = make_product(lines, excluded=names)
    return whole if len(lines) > 1 else replace(whole, digest=root.digest, leaves={})


def size_of(root, artifacts, excluded=0):
    """Return the bytes of a baseline of a number of artifacts, each with that content."""
    names = [f"out/folder/model-{n:05}.joblib" for n in range(artifacts)]
    listed = share(dict.fromkeys(names, root))
    if artifacts > MANY:
        products = {name: excluding(root, lines, excluded) for name, lines in listed.items()}
    else:
        products = {
            name: make_product(
                lines, excluded={f"steps[{n}].fit_time_": f"rule {n % 3}" for n in range(excluded)}
            )
            for name, lines in listed.items()
        }
    return len(dump(Baseline(name="x").accept(make_fingerprint(products=products))).encode())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", NUMBERS)
def test_a_baseline_is_small_whatever_the_shape_of_its_content(kind, count):
    root = shape(kind, min(count, 1_000) if kind.startswith(("long", "foreign", "big", "many")) else count)
    for artifacts in (1, 5, 21, 400) if count == 15 else (1, 5):
        assert size_of(root, artifacts) <= (64 << 10) + 200 * artifacts, artifacts


@pytest.mark.parametrize("kind", ["one leaf", "typed", "tensors"])
@pytest.mark.parametrize("artifacts", [100, 256, 5_000])
def test_a_baseline_of_many_artifacts_is_small(kind, artifacts):
    assert size_of(shape(kind, 15), artifacts) <= (64 << 10) + 200 * artifacts


@pytest.mark.parametrize(("artifacts", "excluded"), [(1, 5_000), (10, 1_000), (256, 20), (400, 20)])
def test_thousands_of_leaves_that_are_left_out_are_a_count_and_a_digest(artifacts, excluded):
    assert size_of(shape("typed", 257), artifacts, excluded) <= (64 << 10) + 200 * artifacts


@pytest.mark.parametrize("count", NUMBERS[:-1])
@pytest.mark.parametrize("kind", KINDS)
def test_a_tree_has_the_lines_of_an_equal_one_at_any_depth(kind, count):
    root = shape(kind, count)
    for room in (500, 5_000, 52 << 10, None):
        lines = flatten(root, room=room)
        assert lines == flatten_like(root, lines)


def test_a_change_of_what_has_no_line_of_its_own_is_seen_in_the_rest():
    before = shape("flat", 10_000)
    after = branch([*before.children[:-1], (before.children[-1][0], leaf("other"))])
    lines = flatten(before)
    assert lines[REST].kind is Kind.FOLDED
    changed = flatten_like(after, lines)
    assert [REST] == [path for path in lines if lines[path] != changed[path]]


def test_a_baseline_that_lists_what_is_folded_today_still_compares_as_the_same():
    root = shape("records", 3_000)
    then = make_product(flatten(root, room=None), content="same")
    now = make_product(flatten_like(root, then.leaves), content="same")
    assert not compare_leaves(then, now, Tolerance())
    # Two baselines of two releases: no tree is there, but the bytes are the same.
    today = make_product(flatten(root), content="same")
    assert not compare_leaves(then, today, Tolerance())
    assert not compare_leaves(today, then, Tolerance())
    assert compare(make_fingerprint(products={"o": then}), make_fingerprint(products={"o": today})).same


def test_other_bytes_with_other_depths_are_a_difference():
    then = make_product(flatten(shape("records", 3_000), room=None), content="then")
    now = make_product(flatten(shape("records", 3_000)), content="now")
    assert compare_leaves(then, now, Tolerance())


RECORDS = [{"id": n, "loss": n / 7, "tag": {"a": None if n % 2 else n}} for n in range(40)]


@pytest.mark.processes
@pytest.mark.parametrize("value", [RECORDS, {"history": RECORDS}, {"deep": {"history": RECORDS, "n": 1}}])
@pytest.mark.parametrize("limit", [2, 256])
def test_a_baseline_that_lists_records_one_by_one_compares_with_the_table_of_today(tmp_path, value, limit):
    (tmp_path / "repro.toml").write_text(
        'version = 1\nname = "x"\n[[steps]]\nname = "s"\nrun = ["x"]\noutputs = ["r.json"]\n'
    )
    path = tmp_path / "r.json"
    path.write_text(json.dumps(value))
    then, now = (read_artifact(path, ReadOptions(tables=tables)).root for tables in (False, True))
    accepted = make_product(flatten(then, limit=limit), content="same")
    today = make_product(flatten(now), content="same")
    assert not compare_leaves(accepted, today, Tolerance())
    assert not compare_leaves(today, accepted, Tolerance())
    written = replace(accepted, digest=make_product({}, content="other white space").digest)
    _, listed = deepened(load(tmp_path / "repro.toml"), "r.json", written, kept=None, root=now)
    assert listed == accepted.leaves


def test_ten_thousand_records_of_json_make_a_small_baseline(tmp_path):
    path = tmp_path / "records.json"
    path.write_text(json.dumps([{"id": n, "text": str(n), "score": n / 7} for n in range(10_000)]))
    array = tmp_path / "many.npz"
    np.savez(array, **{f"layer{n}": np.full(3, n, dtype=np.float64) for n in range(1_000)})
    trees = {each.name: read_artifact(each).root for each in (path, array)}
    products = {name: make_product(lines) for name, lines in share(trees).items()}
    text = dump(Baseline(name="x").accept(make_fingerprint(products=products)))
    assert len(text) < 64 << 10
    assert sum(1 for line in products["many.npz"].leaves if line != REST) > 20
