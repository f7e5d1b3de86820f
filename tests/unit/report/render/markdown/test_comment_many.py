# SPDX-License-Identifier: Apache-2.0
"""Several models in one comment: counted, worst first, those with one reason told once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from golden.comment.parts import CONTEXT, bundle, entry, rendered
from golden.comment.several import many, one_edit
from golden.comment.single import stale
from golden.report.cases import CASES

from repro_action.report.bundle import Bundle
from repro_action.report.render.markdown import comment


def test_one_edit_of_many_models_is_one_line_and_one_fold():
    body = comment.render(one_edit(), CONTEXT)
    assert (
        "| `churn-00`, `churn-01` and 10 more | ❌ changed | `churn-11`: `val_loss` 0.2210 → 0.2349, worse | numpy 2.3.5 → 2.4.0 |"
        in body
    )
    assert body.count("numpy 2.3.5 → 2.4.0") == 2
    assert body.count("<details>") == 1
    assert len(body) < 3_000
    for one in one_edit().entries:
        assert f"/repro accept {one.fingerprint[:12]}" in body
    assert comment.summary(one_edit(), CONTEXT).count("<details>") == 12


def test_the_group_shows_the_metric_that_got_worst():
    assert "`churn-11`: `val_loss` 0.2210 → 0.2349, worse" in comment.render(one_edit(), CONTEXT)


def test_a_name_in_the_summary_of_a_fold_is_text():
    body = rendered(replace(stale(), name="</summary><img src=x>@acme/team"), CASES["drifted_flaky"])
    assert "<code>&lt;/summary&gt;&lt;img src=x&gt;@acme/team</code>" in body
    assert "<img" not in re.sub("`[^`]*`", "", body)


def test_several_models_are_counted_worst_first():
    body = comment.render(many(), CONTEXT)
    assert "## ⛔ 12 models: 1 failed, 1 drifted, 10 reproduced" in body
    rows = [line.split("|")[1:3] for line in body.splitlines() if line.startswith("| `")][:3]
    assert [(name.strip(), said.strip()) for name, said in rows] == [
        ("`lotus`", "⛔ failed"),
        ("`kelp`", "🔁 drifted (flaky)"),
        ("`juniper`", "⚠️ reproduced, with a new baseline"),
    ]
    assert "**Next:** `lotus` (`models/lotus/train.toml`): fix " in body or "**Next:** `lotus`: fix " in body
    folds = re.findall("<summary>(.*?)</summary>", body)
    assert folds[:3] == [
        "⛔ <code>lotus</code>",
        "🔁 <code>kelp</code> · ⚠️ 1 warning",
        "⚠️ <code>juniper</code>",
    ]
    assert folds[3] == "✅ 9 models with nothing to review"
    assert "`elm`: reproduced · 4 artifacts, 61 leaves, 5 metrics identical, 1 warning" in body


def test_a_model_is_named_with_its_configuration_where_the_folder_is_called_otherwise():
    body = rendered(CASES["failed_step"], CASES["drifted_flaky"])
    assert "| `wine` (`models/0/repro.toml`) | ⛔ failed |" in body


def various(count: int) -> Bundle:
    """Return models that changed for reasons of their own."""
    (cause,) = stale().causes
    return bundle(
        *(
            entry(
                replace(stale(), name=f"m{place}", causes=(replace(cause, text=f"k{place} 1 → 2"),)),
                f"models/m{place}/repro.toml",
            )
            for place in range(count)
        )
    )


def test_models_beyond_the_room_are_counted_and_the_run_is_linked():
    body = comment.render(various(200), CONTEXT)
    assert "160 more models" in body
    assert re.search(
        rf"_Left out for length: .*\(\d+ times\).*\[The run\]\({CONTEXT.run_url}\) has the rest", body
    )


@pytest.mark.parametrize("count", [2, 30, 400])
def test_any_number_of_models_fits_a_comment(count):
    body = comment.render(various(count), CONTEXT, budget=10**9)
    assert len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>")
