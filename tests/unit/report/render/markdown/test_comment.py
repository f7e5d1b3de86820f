# SPDX-License-Identifier: Apache-2.0
"""The comment: short, in its budget, ours in every link and command."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden.comment.cases import (
    CASES_OF_COMMENTS,
    COMMIT,
    CONTEXT,
    bundle,
    entry,
    flaky,
    fleet,
    hostile,
    many,
    new_baseline,
    stale,
)
from golden.report.cases import CASES
from golden.report.parts import change
from reports import PARSER

from repro_action.report.model import Flavour, Report
from repro_action.report.render.markdown import comment
from repro_action.report.render.markdown import report as markdown

GOLDEN = Path(__file__).parents[4] / "golden" / "comment"


def rendered(*reports: Report, **context: object) -> str:
    entries = (
        entry(value, f"models/{place}/repro.toml" if len(reports) > 1 else "repro.toml")
        for place, value in enumerate(reports)
    )
    return comment.render(bundle(*entries), replace(CONTEXT, **context))


def test_a_comment_is_golden(posted, hold_golden):
    case = CASES_OF_COMMENTS[posted]
    body = comment.render(case.bundle, case.context, budget=case.budget)
    hold_golden(GOLDEN / posted / "expected.md", body)


def test_the_marker_is_the_first_line_and_costs(posted):
    case = CASES_OF_COMMENTS[posted]
    for budget in (3_000, 8_000, 60_000):
        body = comment.render(case.bundle, case.context, budget=budget)
        assert body.splitlines()[0] == case.context.marker
        assert len(body.encode()) <= budget
        assert body.splitlines()[2].startswith("## ")


def test_without_a_marker_the_verdict_is_the_first_line():
    assert rendered(CASES["reproduced"], marker="").startswith("## ✅ `wine`: reproduced")


def test_a_summary_has_no_marker_and_more_room():
    body = comment.summary(fleet(), CONTEXT)
    assert body.startswith("## ❌ 200 models: 200 changed")
    assert 65_536 < len(body.encode()) <= 1_000_000
    assert "Left out for length" not in body


def test_no_budget_makes_a_comment_that_github_refuses():
    assert len(comment.render(fleet(), CONTEXT, budget=10**9)) <= 65_536


def test_a_reproduced_comment_without_changes_is_short():
    body = rendered(replace(CASES["reproduced"], change=change()))
    assert len(body.split("<details>")[0]) < 450
    assert "###" not in body


def test_the_change_is_shown_before_anything_is_folded():
    body = rendered(new_baseline())
    assert "Does this run match the baseline?" not in body
    assert body.index("| `val_loss` ↓ | 0.2210 | 0.2239 |") < body.index("<details>")
    assert "🔴 worse, outside ±1 %" in body
    assert "🟢 better, inside ±0.002" in body


def test_the_base_branch_is_called_by_its_name():
    changed = replace(new_baseline(), change=replace(new_baseline().change, before=change().after))
    assert "| release `1a2b3c4` |" in rendered(changed, base="release")


def test_a_stale_baseline_can_be_accepted_in_two_ways():
    result = entry(stale(), "models/my_wine/repro.toml")
    body = comment.render(bundle(result), CONTEXT)
    assert f"Comment `/repro accept {result.fingerprint[:12]}`, which commits `accuracy = " in body
    assert "git switch deeper-trees && git pull\nrepro -C" in body
    assert "repro -C models/my_wine verify; repro -C models/my_wine accept" in body
    assert "git add -- models/my_wine/repro.baseline.json && git commit" in body


@pytest.mark.parametrize(
    "folder", ["a b", "'; touch pwned;#", "$(id)", "-C", "x" * 300, "--pathspec-from-file=x", "a\u202eb"]
)
def test_a_path_that_could_be_more_than_a_path_is_in_no_command(folder):
    body = comment.render(bundle(entry(stale(), f"{folder}/repro.toml")), CONTEXT)
    lines = [line for block in body.split("```sh\n")[1:] for line in block.split("```")[0].splitlines()]
    assert "repro verify   # in the folder of the configuration" in lines
    assert not [line for line in lines if folder in line]


@pytest.mark.parametrize("name", ["topic", "feature/a_b-1.2", "_x", "9", "a" * 100])
def test_accepting_goes_to_the_branch_first_whatever_was_checked_out_before(name):
    body = rendered(stale(), branch=name).split("Accept this result")[1]
    assert (
        f"or run:\n\n```sh\ngit fetch origin && git switch {name} && git pull\nrepro verify; repro accept\n"
        in body
    )


@pytest.mark.parametrize(
    "name",
    ["", "-f", "--detach", "a..b", "a b", "a;b", "$(id)", "`id`", "a\nb", "topic\n", "a@{1}", "é", "a" * 101],
)
def test_a_branch_whose_name_is_not_plain_is_in_no_command(name):
    body = rendered(stale(), branch=name).split("Accept this result")[1]
    assert "git switch" not in body
    assert "or run on the branch of the pull request:" in body
    assert "\n\nRun on the branch of the pull request:" in rendered(stale(), branch=name, accept=False)


def test_every_offer_of_acceptance_names_the_fingerprint_that_it_is_of():
    items = [entry(stale(), f"models/{place}/repro.toml") for place in range(2)]
    for entries in (items[:1], items):
        folds = comment.render(bundle(*entries), CONTEXT).split("Accept this result")[1:]
        assert len(entries) == len(folds)
        for fold, one in zip(folds, entries, strict=True):
            assert f"fingerprint `{one.fingerprint[:12]}`" in fold.split("</details>")[0]


def test_baselines_as_on_the_base_branch_are_no_contradiction_to_changed_models():
    body = rendered(stale(), replace(stale(), name="other"))
    assert "2 models: 2 changed" in body
    assert "No baseline differs from main's." in body
    assert "2 baselines differ from main's." in rendered(new_baseline(), new_baseline())
    assert "No baseline differs from the base branch's." in rendered(stale(), stale(), base="")


def test_the_log_of_a_failed_step_is_the_job_s_and_never_a_path_of_a_runner_that_is_gone():
    failed = CASES["failed_step"]
    place = failed.error.log
    for body in (rendered(failed), rendered(failed, failed), comment.summary(bundle(entry(failed)), CONTEXT)):
        assert place not in body
        assert f"The job's log has the full output: [the run]({CONTEXT.run_url})." in body
    assert "The job's log has the full output." in rendered(failed, run_url="")
    assert "The job's log" not in rendered(replace(failed, error=replace(failed.error, log="")))


def test_a_first_run_says_what_to_do_before_anything_is_folded():
    nearest = CASES["no_baseline_nearest"]
    for item in (nearest, replace(nearest, flavour=Flavour.NONE, claim=None)):
        body = rendered(item)
        assert (
            "Accept it (below) to make it the baseline; later runs are compared with it."
            in (body.split("<details>")[0])
        )
        assert "Accept this result" in body


def test_a_changed_run_says_what_to_do_before_anything_is_folded():
    said = "If the change is intended, accept it below. If not, the cause is above."
    body = rendered(stale())
    assert body.index("Does this run match") < body.index(said) < body.index("<details>")
    assert said not in rendered(CASES["equivalent"]) + rendered(flaky()) + rendered(new_baseline())
    assert "If not, the cause" not in rendered(replace(stale(), causes=()))


def test_randomness_is_shown_openly_only_of_a_run_that_drifted():
    title = "Where randomness may have entered"
    findings = flaky().findings
    assert f"### {title}" in rendered(flaky()).split("<details>")[0]
    for name in ("changed_params", "equivalent", "no_baseline_nearest"):
        body = rendered(replace(CASES[name], findings=findings))
        assert f"<details><summary>{title}</summary>" in body
        assert f"# {title}" not in body
    assert title not in rendered(replace(CASES["reproduced"], observations=flaky().observations))


def test_without_the_chat_command_only_the_local_one_is_offered():
    assert "/repro accept" not in rendered(stale(), accept=False)
    assert "/repro accept" not in comment.render(bundle(entry(stale(), candidate=None)), CONTEXT)


@pytest.mark.parametrize("name", ["drifted_flaky", "drifted_stable_cpu", "failed_step", "reproduced"])
def test_what_does_not_reproduce_itself_is_not_offered_for_acceptance(name):
    assert "Accept this result" not in rendered(CASES[name])


def test_commands_are_ours_and_never_the_report_s():
    for body in (rendered(hostile()), rendered(hostile(), CASES["equivalent"])):
        assert "curl" not in body
    fences = [token for token in PARSER.parse(rendered(stale())) if token.type == "fence"]
    assert (
        fences[0].content == f"git fetch origin {COMMIT} && git checkout --detach FETCH_HEAD\nrepro verify\n"
    )


@pytest.mark.parametrize("commit", ["", "HEAD; rm -rf /", "--upload-pack=x", "1A2B3C4D"])
def test_what_is_no_commit_stands_in_no_command(commit):
    assert "git fetch" not in rendered(CASES["reproduced"], commit=commit)


def test_a_configuration_of_another_name_is_named():
    body = comment.render(bundle(entry(CASES["reproduced"], "ci/wine.toml")), CONTEXT)
    assert "repro --config=ci/wine.toml verify" in body


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://x.y/a b",
        "https://x.y/a)b",
        "https://x.y/](z",
        'https://x.y/"z',
        "https://x.y/<z>",
        "https://u@x.y/z",
        "ftp://x.y/z",
        "https://x.y/" + "z" * 500,
        "https://x.y/z\n",
    ],
)
def test_an_odd_address_is_not_linked(url):
    body = rendered(CASES["reproduced"], run_url=url)
    assert "](" not in body
    assert "x.y" not in body


def test_the_run_is_the_only_link(posted):
    case = CASES_OF_COMMENTS[posted]
    body = comment.render(case.bundle, case.context, budget=case.budget)
    links = {
        child.attrs["href"]
        for token in PARSER.parse(body)
        for child in token.children or ()
        if child.type == "link_open"
    }
    assert links <= {CONTEXT.run_url}


def test_numbers_of_a_stranger_are_called_so():
    assert "controls: read it as the author's own statement" in rendered(new_baseline(), untrusted=True)
    assert "This runs the pull request's own code." in rendered(new_baseline(), untrusted=True)
    assert "controls" not in rendered(new_baseline())
    assert 1 == rendered(new_baseline(), stale(), untrusted=True).count("author's own statement")


def test_several_models_are_counted_worst_first():
    body = comment.render(many(), CONTEXT)
    assert "## ⛔ 12 models: 1 failed, 1 drifted, 10 reproduced" in body
    assert "1 baseline differs from main's." in body
    headings = [line for line in body.splitlines() if line.startswith("### ")]
    assert ["### ⛔ `lotus`", "### 🔁 `kelp`", "### ✅ `juniper`"] == [
        line.partition(":")[0].partition(" (")[0] for line in headings
    ]
    assert "<summary>✅ 9 models with nothing to review</summary>" in body
    assert "`elm`: reproduced · 4 artifacts, 61 leaves, 5 metrics identical, 1 warning" in body


def test_a_model_is_named_with_its_configuration_where_the_folder_is_called_otherwise():
    body = rendered(CASES["failed_step"], CASES["drifted_flaky"])
    assert "| `wine` (`models/0/repro.toml`) | ⛔ failed |" in body


def test_models_beyond_the_room_are_counted_and_the_run_is_linked():
    body = comment.render(fleet(), CONTEXT)
    assert "160 more models" in body
    assert re.search(
        rf"_Left out for length: .*\(\d+ times\).*\[The run\]\({CONTEXT.run_url}\) has the rest", body
    )


def test_a_part_is_never_shown_without_its_heading():
    for budget in range(6_000, 30_000, 1_500):
        body = comment.render(many(), CONTEXT, budget=budget)
        shown = [
            name for name in ("lotus", "kelp", "juniper") if re.search(f"^### . `{name}`", body, re.MULTILINE)
        ]
        assert body.count("Reproduce locally") <= len(shown)
        assert body.count("#### ") <= len(shown)


def test_nothing_reported_is_never_green():
    body = comment.render(bundle(), CONTEXT)
    assert "## ⛔ 0 models: nothing reported" in body


def test_a_single_report_reads_alike_in_a_file_and_in_a_comment():
    changed = replace(stale(), change=None)
    assert markdown.render(changed).split("<details><summary>Reproduce")[0] in rendered(
        changed, base="", marker=""
    )
