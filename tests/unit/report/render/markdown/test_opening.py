# SPDX-License-Identifier: Apache-2.0
"""The opening of a comment: a heading that names the cause, and one table of metrics."""

from __future__ import annotations

import re
from dataclasses import replace

from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.parts import rendered
from golden.comment.single import flaky, new_baseline, new_model, other_materials, stale, tiny
from golden.report.cases import CASES
from golden.report.parts import KEPT, change, metric

from repro_action.report.model import State
from repro_action.report.render.markdown import comment


def test_the_heading_says_verdict_and_first_cause():
    assert "## ❌ `wine` changed: `max_depth` 4 → 6" in rendered(stale())
    assert (
        "## ⚠️ `wine` reproduced, with a new baseline: `data/train.csv` +120 rows and 1 more change"
        in rendered(new_baseline())
    )
    assert "## 🔁 `wine` drifted (flaky): `train.py:12 numpy.random.default_rng()` without" in rendered(
        flaky()
    )
    assert "## ⛔ `wine` failed: KeyError: `'alcohol'`" in rendered(CASES["failed_step"])
    assert "## ✅ `wine` reproduced with changed inputs: numpy 2.3.5 → 2.4.0" in rendered(other_materials())
    assert "## ✅ `wine` is new, and reproduced" in rendered(new_model())
    assert "## ⚪ `wine` has no baseline yet" in rendered(CASES["first_run"])


def test_without_a_known_cause_the_heading_leads_with_a_metric():
    found = replace(stale(), causes=())
    assert "## ❌ `wine` changed: `val_loss` 0.2210 → 0.2239, worse" in rendered(found)


def test_a_table_has_at_most_four_columns_and_ten_rows_those_that_differ_first(posted):
    case = CASES_OF_COMMENTS[posted]
    seen = comment.render(case.bundle, case.context, budget=case.budget).split("<details>")[0]
    rows = [line for line in seen.splitlines() if line.startswith("|")]
    assert all(re.sub(r"\\\|", "", line).count("|") <= 5 for line in rows)
    assert len(rows) <= 12
    states = [line.endswith("| = |") for line in rows]
    assert states == sorted(states)


def test_a_number_is_never_parted_from_its_sign_or_unit():
    body = rendered(tiny()).split("<details>")[0]
    assert "| \N{NON-BREAKING HYPHEN}9.16e\N{NON-BREAKING HYPHEN}10 better |" in body
    assert "| 0.573123… | 0.573123… |" in body
    assert "4 more metrics differ." in body
    nearby = CASES["drifted_stable_cpu"]
    assert "+2\N{NO-BREAK SPACE}ULP" in rendered(nearby)


def test_metrics_that_are_the_same_follow_while_there_is_room():
    row = stale().claim.metrics[0]
    shown = replace(stale(), claim=replace(stale().claim, metrics=(KEPT, replace(row, name="f1"))))
    table = rendered(shown).split("<details>")[0]
    assert table.index("`f1`") < table.index("| `accuracy` | 0.9312 | 0.9312 | = |")


def test_metrics_of_two_files_are_told_apart():
    first, second = stale().claim.metrics
    shown = replace(stale(), claim=replace(stale().claim, metrics=(first, replace(second, file="b.json"))))
    table = rendered(shown).split("<details>")[0]
    assert "`out/metrics.json`: `accuracy`" in table
    assert "`b.json`: `val_loss`" in table


def test_what_is_not_a_number_is_said_in_words():
    row = metric("note", 1.0, 2.0, State.DIFFERS, delta=None, relative=None)
    rows = (
        replace(row, before="old", after="new"),
        replace(row, name="gone", state=State.MISSING, after=None),
        replace(row, name="fresh", state=State.ADDED, before=None),
    )
    table = rendered(replace(stale(), claim=replace(stale().claim, metrics=rows))).split("<details>")[0]
    assert '| `note` | `"old"` | `"new"` | differs |' in table
    assert "| `gone` | 1.0 | — | missing |" in table
    assert "| `fresh` | — | 2.0 | added |" in table


def test_a_first_baseline_and_a_new_model_show_their_metrics():
    for shown, head in ((CASES["first_run"], "this run"), (new_model(), "this pull request")):
        seen = rendered(shown).split("<details>")[0]
        assert f"| metric | {head} |" in seen
        assert "| `val_loss` | 0.2239 |" in seen
        assert "Artifacts: `out/model.joblib`." in seen
        assert "better" not in seen


def test_a_failed_run_shows_no_numbers_of_the_committed_baseline():
    failed = replace(CASES["failed_step"], change=new_baseline().change)
    body = rendered(failed)
    assert "better" not in body
    assert "0.9416" not in body
    assert "with a new baseline" not in rendered(failed, new_baseline()).split("<details>")[1]


def test_a_reproduced_comment_without_changes_is_short():
    body = rendered(replace(CASES["reproduced"], change=change()))
    assert len(body.split("<details>")[0]) < 250


def test_the_change_is_told_before_anything_is_folded():
    body = rendered(new_baseline())
    assert body.index("| `val_loss` | 0.2210 | 0.2239 | +0.0029 🔴 worse¹ |") < body.index("<details>")
    assert body.index(
        "\n¹ outside the allowed ±1\N{NO-BREAK SPACE}% · ² inside the allowed ±0.002\n"
    ) < body.index("<details>")
    assert "merging makes this the baseline on main" in body


def test_the_base_branch_is_called_by_its_name():
    changed = replace(new_baseline(), change=replace(new_baseline().change, before=change().after))
    assert "| release `1a2b3c4` |" in rendered(changed, base="release")


def test_lines_of_randomness_are_folded_and_the_first_is_in_the_heading():
    title = "Where randomness may have entered"
    findings = flaky().findings
    for name in ("drifted_flaky", "changed_params", "equivalent", "no_baseline_nearest"):
        body = rendered(replace(CASES[name], findings=findings))
        assert f"#### {title}" in body.split("<details>")[1]
    assert title not in rendered(replace(CASES["reproduced"], observations=flaky().observations))
