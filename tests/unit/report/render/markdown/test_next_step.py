# SPDX-License-Identifier: Apache-2.0
"""What a comment says to do next, and the commands that it gives: ours, never the report's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.comment.hostile import hostile
from golden.comment.parts import COMMIT, CONTEXT, bundle, entry, rendered
from golden.comment.single import other_materials, stale
from golden.report.cases import CASES
from golden.report.parts import change
from reports import PARSER

from repro_action.report.model import Flavour
from repro_action.report.render.markdown import comment


def test_a_stale_baseline_can_be_accepted_in_two_ways():
    result = entry(stale(), "models/my_wine/repro.toml")
    body = comment.render(bundle(result), CONTEXT)
    seen = body.split("<details>")[0]
    assert f"**Next:** intended → comment `/repro accept {result.fingerprint[:12]}`; not intended →" in seen
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
    one = entry(stale())
    body = comment.render(bundle(one), CONTEXT)
    assert f"fingerprint `{one.fingerprint[:12]}`" in body.split("Accept this result")[1]


def test_the_log_of_a_failed_step_is_the_job_s_and_never_a_path_of_a_runner_that_is_gone():
    failed = CASES["failed_step"]
    place = failed.error.log
    for body in (rendered(failed), rendered(failed, failed), comment.summary(bundle(entry(failed)), CONTEXT)):
        assert place not in body
        assert f"[Full log]({CONTEXT.run_url})." in body.split("<details>")[0]
    assert "The job's log has the full output." in rendered(failed, run_url="")
    assert "The job's log" not in rendered(replace(failed, error=replace(failed.error, log="")))


def test_an_error_without_a_line_shows_its_reason_and_remedy_at_first():
    seen = rendered(CASES["failed_pin"]).split("<details>")[0]
    assert "It was edited, or Git changed its line endings." in seen
    assert "**Next:** Restore it, or run `repro pin data/wine.csv` if the change is intended." in seen


def test_a_first_run_says_what_to_do_before_anything_is_folded():
    nearest = CASES["no_baseline_nearest"]
    for item in (nearest, replace(nearest, flavour=Flavour.NONE, claim=None)):
        seen = rendered(item).split("<details>")[0]
        assert "**Next:** to make this run the baseline, comment `/repro accept " in seen
        assert "Accept this result" in rendered(item)


def test_a_run_that_needs_nothing_says_so_or_nothing():
    for item in (CASES["equivalent"], other_materials()):
        assert "**Next:** nothing has to be done; to " in rendered(item)
    assert "**Next:**" not in rendered(replace(CASES["reproduced"], change=change()))


def test_a_stable_drift_says_what_helps_or_what_to_compare():
    stable = CASES["drifted_stable_cpu"]
    assert '**Next:** Set `profile = "portable"` under `[determinism]`.' in rendered(stable)
    assert "**Next:** compare this machine with the one" in rendered(replace(stable, hints=()))


def test_two_runs_that_disagree_without_a_line_are_probed():
    assert "**Next:** run `repro probe`, which tests" in rendered(CASES["drifted_flaky"])


def test_without_the_chat_command_only_the_local_one_is_offered():
    assert "/repro accept" not in rendered(stale(), accept=False)
    assert "/repro accept" not in comment.render(bundle(entry(stale(), candidate=None)), CONTEXT)
    seen = rendered(stale(), accept=False).split("<details>")[0]
    assert (
        "intended → run `repro verify` and `repro accept`, and commit `repro.baseline.json`; not intended →"
        in seen
    )


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
