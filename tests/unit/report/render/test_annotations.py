# SPDX-License-Identifier: Apache-2.0
"""Remarks stand at the lines that they are about, few and the most telling first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product
from golden.comment.cases import entry, flaky, hostile, new_baseline, stale
from golden.report.cases import CASES
from golden.report.parts import V3, claim, leaf, metric

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.finding import Finding, FindingKind
from repro_action.report.model import Notice, State
from repro_action.report.render.annotations import EACH, Annotation, Level, annotations
from repro_action.report.render.locations import BaselineLines
from repro_action.verdict import Verdict

ODD = 'odd "name": {\n'
LEAVES = {
    path: make_leaf(path)
    for path in ("", "steps[1][1].coef_", "steps[1][1].n_iter_", "t[0].x", "t[29].x", ODD)
}
METRICS = {"out/metrics.json": {"accuracy": 0.94157, "val_loss": 0.2239, "auc": 0.9812, ODD: 1}}
TEXT = dump(
    Baseline(name="wine")
    .accept(make_fingerprint(platform="aarch64-linux", metrics=METRICS))
    .accept(
        make_fingerprint(
            metrics=METRICS, products={"out/model.joblib": make_product(LEAVES), ODD: make_product()}
        )
    )
)
LINES = TEXT.split("\n")
INDEX = BaselineLines.of(TEXT)


def shown(report, config="models/wine/repro.toml", text=TEXT) -> list[Annotation]:
    return list(annotations(entry(report, config), text))


@pytest.mark.parametrize("path", LEAVES)
def test_a_leaf_is_found_at_its_line(path):
    line = INDEX.leaf("platforms", V3, "products", "out/model.joblib", "leaves", leaf=path)
    assert str(LEAVES[path].digest) in LINES[line - 1]


@pytest.mark.parametrize("name", METRICS["out/metrics.json"])
def test_a_metric_is_found_in_its_own_class(name):
    line = INDEX.find("platforms", V3, "metrics", "out/metrics.json", name)
    other = INDEX.find("platforms", "aarch64-linux", "metrics", "out/metrics.json", name)
    assert line > other > 1
    assert LINES[line - 1] == LINES[other - 1]


@pytest.mark.parametrize("pattern", ["t[0…29].x", "t[0,29].x", "t[0,3,29].x"])
def test_of_a_run_of_leaves_the_first_is_found(pattern):
    line = INDEX.leaf("platforms", V3, "products", "out/model.joblib", "leaves", leaf=pattern)
    assert '"t[0].x"' in LINES[line - 1]


def test_what_is_not_found_has_the_line_of_what_holds_it():
    product = INDEX.find("platforms", V3, "products", "out/model.joblib")
    assert '"out/model.joblib"' in LINES[product - 1]
    assert (
        product
        < INDEX.leaf("platforms", V3, "products", "out/model.joblib", "leaves", leaf="gone")
        < product + 9
    )
    assert product == INDEX.find("platforms", V3, "products", "out/model.joblib", "x")
    assert 1 == INDEX.find("elsewhere")


@pytest.mark.parametrize(
    "text", ["", "{", "}}}}", "{\n}\n}\n}", "[\n[\n", '"', '{"platforms": {}}', "\x00\n{\n}"]
)
def test_no_text_is_too_odd_to_look_at(text):
    assert BaselineLines.of(text).find("platforms", V3) >= 1
    assert all(one.line >= 1 for one in shown(stale(), text=text))


def test_a_changed_metric_is_remarked_at_its_line_of_the_baseline():
    first = shown(stale())[0]
    assert (Level.ERROR, "models/wine/repro.baseline.json") == (first.level, first.path)
    assert '"accuracy": 0.94157' in LINES[first.line - 1]
    assert "wine: accuracy differs, better" == first.title
    assert first.message.startswith(
        "0.9312 → 0.9416, Δ +0.0104 (+1.1 %), baseline against this run, allowed: exact."
    )
    assert first.message.endswith("Cause: params.toml: max_depth 4 → 6")


def test_what_a_new_baseline_does_to_a_metric_is_remarked_and_only_the_worse_warns():
    levels = {one.title: one.level for one in shown(new_baseline())}
    assert {
        "wine: accuracy better": Level.NOTICE,
        "wine: val_loss worse": Level.WARNING,
        "wine: auc better": Level.NOTICE,
    } == levels


def test_randomness_is_remarked_where_it_entered():
    found = [one for one in shown(flaky()) if one.level is Level.WARNING]
    assert [("models/wine/train.py", 12), ("models/wine/lib/names.py", 4), ("models/wine/train.py", 40)] == [
        (one.path, one.line) for one in found
    ]
    assert found[0].message == "numpy.random.default_rng() without a seed, 1 time. Fix: pass the seed"


@pytest.mark.parametrize("file", ["../x.py", "/etc/passwd", "a\nb.py", ""])
def test_a_place_outside_the_repository_is_not_remarked(file):
    found = Finding(kind=FindingKind.CLOCK, file=file, line=3, what="time.time()", remedy="")
    assert [] == [one for one in shown(replace(flaky(), findings=(found,))) if one.level is Level.WARNING]


@pytest.mark.parametrize(
    ("where", "path", "line"),
    [
        ("repro.toml: steps.train", "models/wine/repro.toml", 1),
        ("train.py:7", "models/wine/train.py", 7),
        ("../../x:7", "models/wine/repro.toml", 1),
        ("train.py:0", "models/wine/repro.toml", 1),
        ("train.py:99999999999", "models/wine/repro.toml", 1),
        ("", "models/wine/repro.toml", 1),
    ],
)
def test_a_failure_is_remarked_where_it_says(where, path, line):
    failed = replace(CASES["failed_step"], error=replace(CASES["failed_step"].error, where=where))
    (one,) = shown(failed)
    assert (path, line, Level.ERROR, "wine: failed") == (one.path, one.line, one.level, one.title)
    assert one.message.startswith("python train.py ended with status 1. KeyError: 'alcohol'. Fix the step.")
    assert failed.error.log not in one.message


def test_a_failure_without_an_error_is_remarked_all_the_same():
    (one,) = shown(replace(CASES["failed_pin"], error=None))
    assert "The data is not the data that was pinned." == one.message


def test_a_first_run_is_a_notice():
    (one,) = shown(CASES["no_baseline_nearest"])
    assert (Level.NOTICE, "models/wine/repro.toml") == (one.level, one.path)


def test_a_missing_artifact_is_remarked_at_its_product():
    found = shown(CASES["changed_packages_and_data"])
    assert any(one.title == "wine: out/pred.csv missing" for one in found)


def test_only_so_many_of_a_level_are_kept_the_metrics_first():
    rows = tuple(metric(f"m{place}", 1.0, 2.0, State.DIFFERS) for place in range(30))
    found = shown(replace(stale(), claim=claim(metrics=rows)))
    assert [f"wine: m{place} differs" for place in range(EACH)] == [one.title for one in found]


def test_at_most_three_leaves_of_an_artifact_are_remarked():
    case = stale()
    item = replace(case.claim.artifacts[0], leaves=tuple(leaf(f"w[{place}]") for place in range(9)))
    found = shown(replace(case, claim=replace(case.claim, artifacts=(item,), metrics=())))
    assert 3 == sum(one.title == "wine: out/model.joblib differs" for one in found)


def test_texts_are_visible_and_bounded():
    for one in shown(hostile()) + shown(replace(CASES["failed_step"], error=Notice(what="x\u202e" * 9_000))):
        assert len(one.title) <= 120
        assert len(one.message) <= 600
        assert (one.title + one.message).isprintable()


def test_a_reproduced_run_without_changes_has_no_remark():
    assert [] == shown(CASES["reproduced"])


def test_a_first_run_that_disagrees_with_itself_names_its_lines_and_the_probe() -> None:
    drifted = flaky()
    report = replace(drifted, verdict=Verdict.NO_BASELINE, claim=None, change=None)
    found = shown(report)
    places = {(one.path, one.line) for one in shown(drifted) if one.title.endswith("from here?")}
    assert places
    assert places <= {(one.path, one.line) for one in found}
    assert "`repro probe`" in found[0].message
    assert "repro accept" not in found[0].message
