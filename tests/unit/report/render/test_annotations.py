# SPDX-License-Identifier: Apache-2.0
"""Remarks stand at the lines that they are about, few and the most telling first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product
from golden.comment.hostile import hostile
from golden.comment.parts import entry
from golden.comment.single import flaky, new_baseline, stale
from golden.report.cases import CASES
from golden.report.parts import V3, claim, metric

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


def test_a_changed_parameter_is_remarked_at_its_line_with_what_it_did():
    (only,) = shown(stale())
    assert (Level.ERROR, "models/wine/params.toml", 3) == (only.level, only.path, only.line)
    assert only.title == "wine: max_depth 4 → 6"
    assert only.message == (
        "val_loss 0.2210 → 0.2239 (+0.0029, worse); accuracy 0.9312 → 0.9416 (+0.0104, better); "
        "out/model.joblib differs (this run against baseline)."
    )


def test_lines_of_the_baseline_that_did_not_change_have_no_remark():
    for case in (stale(), flaky(), CASES["drifted_stable_cpu"], CASES["equivalent"]):
        assert not [one for one in shown(case) if one.path.endswith("baseline.json")]


def test_what_has_no_line_stands_at_no_line():
    (only,) = shown(CASES["drifted_stable_cpu"])
    assert (Level.ERROR, "", 0) == (only.level, only.path, only.line)
    assert only.title == "wine: drifted (stable)"
    assert only.message.startswith("CPU: AMD EPYC 7763 → Intel Xeon Platinum 8370C. log_loss ")


def test_what_a_new_baseline_does_to_a_metric_is_remarked_and_only_the_worse_warns():
    levels = {one.title: one.level for one in shown(new_baseline())}
    assert {
        "wine: max_depth 4 → 6": Level.NOTICE,
        "wine: accuracy better": Level.NOTICE,
        "wine: val_loss worse": Level.WARNING,
        "wine: auc better": Level.NOTICE,
    } == levels
    found = next(one for one in shown(new_baseline()) if one.title == "wine: val_loss worse")
    assert '"val_loss": 0.2239' in LINES[found.line - 1]
    assert found.message == (
        "0.2210 → 0.2239 (+0.0029, worse), main against this pull request, allowed: ±1 %."
    )


def test_a_failed_run_has_no_remark_about_the_committed_baseline():
    failed = replace(CASES["failed_step"], change=new_baseline().change)
    assert {one.level for one in shown(failed)} == {Level.ERROR}


def test_randomness_is_remarked_where_it_entered():
    found = [one for one in shown(flaky()) if one.level is Level.WARNING]
    assert [("models/wine/train.py", 12), ("models/wine/lib/names.py", 4), ("models/wine/train.py", 40)] == [
        (one.path, one.line) for one in found
    ]
    assert found[0].message == "numpy.random.default_rng() without a seed. Fix: pass the seed"


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
    (one,) = shown(replace(failed, causes=()))
    assert (path, line, Level.ERROR, "wine: failed") == (one.path, one.line, one.level, one.title)
    assert one.message.startswith("step train failed: exit status 1. KeyError: 'alcohol'. Read the log")
    assert failed.error.log not in one.message


def test_an_error_of_a_program_is_remarked_at_the_line_that_raised_it():
    (one,) = shown(CASES["failed_step"])
    assert ("models/wine/train.py", 3, Level.ERROR) == (one.path, one.line, one.level)
    assert one.message == "KeyError: 'alcohol'. step train failed: exit status 1."


def test_a_failure_without_an_error_is_remarked_all_the_same():
    (one,) = shown(replace(CASES["failed_pin"], error=None))
    assert "The data is not the data that was pinned." == one.message


def test_a_first_run_is_a_notice():
    (one,) = shown(CASES["no_baseline_nearest"])
    assert (Level.NOTICE, "models/wine/repro.toml") == (one.level, one.path)


def test_only_so_many_of_a_level_are_kept():
    (cause,) = stale().causes
    causes = tuple(replace(cause, text=f"k{place} 1 → 2", line=place + 1) for place in range(30))
    found = shown(replace(stale(), causes=causes))
    assert [f"wine: k{place} 1 → 2" for place in range(EACH)] == [one.title for one in found]


def test_of_many_metrics_a_few_are_named_and_the_others_counted():
    rows = tuple(metric(f"m{place}", 1.0, 2.0, State.DIFFERS) for place in range(30))
    (one,) = shown(replace(stale(), claim=claim(metrics=rows)))
    assert one.message.startswith(
        "m0 1.0 → 2.0 (+1); m1 1.0 → 2.0 (+1); m2 1.0 → 2.0 (+1); 27 more metrics differ"
    )


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
