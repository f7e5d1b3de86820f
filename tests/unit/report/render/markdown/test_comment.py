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
    new_model,
    one_edit,
    other_materials,
    stale,
    tiny,
)
from golden.report.cases import CASES
from golden.report.parts import KEPT, change, metric
from look.words import words
from reports import PARSER

from repro_action.report.bundle import Bundle
from repro_action.report.model import Flavour, Report, State
from repro_action.report.render.markdown import comment
from repro_action.report.render.markdown import report as markdown
from repro_action.report.sections.names import NAMES, OPEN

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
    assert rendered(CASES["reproduced"], marker="").startswith("## ✅ `wine` reproduced\n")


WORDS = 60
"""Words beside the table that a reviewer has time for."""


@pytest.mark.parametrize("kind", sorted(set(CASES_OF_COMMENTS) - {"hostile", "hostile_many"}))
def test_a_reviewer_has_read_a_comment_after_sixty_words(kind):
    value = CASES_OF_COMMENTS[kind]
    body = comment.render(value.bundle, value.context, budget=value.budget)
    # A stranger's numbers are called so, in words that are no part of the report.
    assert words(body.replace(value.context.remark, "")) <= WORDS


def test_the_heading_says_verdict_and_first_cause():
    assert "## ❌ `wine` changed: `max_depth` 4 → 6" in rendered(stale())
    assert (
        "## ✅ `wine` reproduced, with a new baseline: `data/train.csv` +120 rows and 1 more change"
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
    assert "## ❌ `wine` changed: `val_loss` ↓ 0.2210 → 0.2239, worse" in rendered(found)


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
    assert table.index("`f1`") < table.index("| `accuracy` ↑ | 0.9312 | 0.9312 | = |")


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
    assert '| `note` ↑ | `"old"` | `"new"` | differs |' in table
    assert "| `gone` ↑ | 1.0 | — | missing |" in table
    assert "| `fresh` ↑ | — | 2.0 | added |" in table


def test_a_first_baseline_and_a_new_model_show_their_metrics():
    for shown, head in ((CASES["first_run"], "this run"), (new_model(), "this pull request")):
        seen = rendered(shown).split("<details>")[0]
        assert f"| metric | {head} |" in seen
        assert "| `val_loss` ↓ | 0.2239 |" in seen
        assert "Artifacts: `out/model.joblib`." in seen
        assert "better" not in seen


def test_a_failed_run_shows_no_numbers_of_the_committed_baseline():
    failed = replace(CASES["failed_step"], change=new_baseline().change)
    body = rendered(failed)
    assert "better" not in body
    assert "0.9416" not in body
    assert "with a new baseline" not in rendered(failed, new_baseline()).split("<details>")[1]


def test_places_are_linked_at_the_commit():
    root = f"https://github.com/acme/models/blob/{COMMIT}"
    assert f"not intended → look at [`params.toml:3`]({root}/params.toml#L3)." in rendered(stale())
    assert f"**Next:** fix [`train.py:3`]({root}/train.py#L3)." in rendered(CASES["failed_step"])
    assert f"**Next:** at [`train.py:12`]({root}/train.py#L12), pass the seed;" in rendered(flaky())
    inside = comment.render(bundle(entry(stale(), "models/wine/repro.toml")), CONTEXT)
    assert f"[`models/wine/params.toml:3`]({root}/models/wine/params.toml#L3)" in inside


@pytest.mark.parametrize(
    "file",
    ["../../x", "/etc/passwd", "a b", "x)(http://x.y", "a`b", "-x", "x#L1", "x?y", "a\u202eb", "%2e%2e/x"],
)
def test_a_path_that_is_not_plain_is_not_linked(file):
    (cause,) = stale().causes
    body = rendered(replace(stale(), causes=(replace(cause, file=file),)))
    assert "/blob/" not in body.split("<details>")[0]
    assert "look at `" in body


@pytest.mark.parametrize("commit", ["", "HEAD", "1a2b3c4", COMMIT.upper(), f"{COMMIT}\n"])
def test_without_a_whole_commit_nothing_is_linked(commit):
    assert "/blob/" not in rendered(stale(), commit=commit)


def test_sections_are_switched_off_one_by_one(posted):
    case = CASES_OF_COMMENTS[posted]

    def shown(*names: str) -> str:
        context = replace(case.context, sections=frozenset(names))
        return comment.render(case.bundle, context, budget=case.budget)

    assert "**Next:**" not in shown(*set(NAMES) - {"next"})
    assert "Reproduce locally" not in shown(*set(NAMES) - {"reproduce"})
    if len(case.bundle.entries) == 1:
        assert "<details>" not in shown(*OPEN)
    assert shown().splitlines()[2].startswith("## ")


def test_a_summary_shows_every_section_whatever_the_comment_shows():
    hidden = replace(CONTEXT, sections=frozenset())
    assert comment.summary(bundle(entry(stale())), hidden) == comment.summary(bundle(entry(stale())), CONTEXT)


def test_one_edit_of_many_models_is_one_line_and_one_fold():
    body = comment.render(one_edit(), CONTEXT)
    assert "| `churn-00`, `churn-01` and 10 more | ❌ changed | numpy 2.3.5 → 2.4.0 |" in body
    assert body.count("numpy 2.3.5 → 2.4.0") == 1
    assert body.count("<details>") == 1
    assert len(body) < 3_000
    for one in one_edit().entries:
        assert f"/repro accept {one.fingerprint[:12]}" in body
    assert comment.summary(one_edit(), CONTEXT).count("<details>") == 12


def test_the_group_shows_the_metric_that_got_worst():
    assert "`churn-11`: `val_loss` ↓ 0.2210 → 0.2349, worse" in comment.render(one_edit(), CONTEXT)


def test_a_name_in_the_summary_of_a_fold_is_text():
    body = rendered(replace(stale(), name="</summary><img src=x>@acme/team"), CASES["drifted_flaky"])
    assert "<code>&lt;/summary&gt;&lt;img src=x&gt;@acme/team</code>" in body
    assert "<img" not in re.sub("`[^`]*`", "", body)


def test_a_summary_has_no_marker_and_more_room():
    body = comment.summary(fleet(), CONTEXT)
    assert body.count("<details>") == 200
    assert body.startswith("## ❌ 200 models: 200 changed")
    assert 65_536 < len(body.encode()) <= 1_000_000
    assert "Left out for length" not in body


def test_no_budget_makes_a_comment_that_github_refuses():
    assert len(comment.render(fleet(), CONTEXT, budget=10**9)) <= 65_536


def test_a_reproduced_comment_without_changes_is_short():
    body = rendered(replace(CASES["reproduced"], change=change()))
    assert len(body.split("<details>")[0]) < 250


def test_the_change_is_told_before_anything_is_folded():
    body = rendered(new_baseline())
    assert body.index("| `val_loss` ↓ | 0.2210 | 0.2239 | +0.0029 🔴 worse¹ |") < body.index("<details>")
    assert body.index(
        "\n¹ outside the allowed ±1\N{NO-BREAK SPACE}% · ² inside the allowed ±0.002\n"
    ) < body.index("<details>")
    assert "merging makes this the baseline on main" in body


def test_the_base_branch_is_called_by_its_name():
    changed = replace(new_baseline(), change=replace(new_baseline().change, before=change().after))
    assert "| release `1a2b3c4` |" in rendered(changed, base="release")


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
        assert (
            f"The job's log has the full output: [the run]({CONTEXT.run_url})." in body.split("<details>")[0]
        )
    assert "The job's log has the full output." in rendered(failed, run_url="")
    assert "The job's log" not in rendered(replace(failed, error=replace(failed.error, log="")))


def test_an_error_without_a_line_shows_its_reason_and_remedy_at_first():
    seen = rendered(CASES["failed_pin"]).split("<details>")[0]
    assert "It was edited, or git turned its line ends." in seen
    assert "**Next:** Restore it, or run `repro pin data/wine.csv` if the change is meant." in seen


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


def test_lines_of_randomness_are_folded_and_the_first_is_in_the_heading():
    title = "Where randomness may have entered"
    findings = flaky().findings
    for name in ("drifted_flaky", "changed_params", "equivalent", "no_baseline_nearest"):
        body = rendered(replace(CASES[name], findings=findings))
        assert f"#### {title}" in body.split("<details>")[1]
    assert title not in rendered(replace(CASES["reproduced"], observations=flaky().observations))


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


def test_links_go_to_the_run_or_to_files_at_the_commit(posted):
    case = CASES_OF_COMMENTS[posted]
    body = comment.render(case.bundle, case.context, budget=case.budget)
    links = {
        child.attrs["href"]
        for token in PARSER.parse(body)
        for child in token.children or ()
        if child.type == "link_open"
    }
    source = re.compile(rf"https://github\.com/acme/models/blob/{COMMIT}/[\w./-]+(#L\d+)?")
    assert [] == [link for link in links if link != CONTEXT.run_url and not source.fullmatch(link)]


def test_numbers_of_a_stranger_are_called_so():
    assert "controls: read it as the author's own statement" in rendered(new_baseline(), untrusted=True)
    assert "This runs the pull request's own code." in rendered(new_baseline(), untrusted=True)
    assert "controls" not in rendered(new_baseline())
    assert 1 == rendered(new_baseline(), stale(), untrusted=True).count("author's own statement")


def test_several_models_are_counted_worst_first():
    body = comment.render(many(), CONTEXT)
    assert "## ⛔ 12 models: 1 failed, 1 drifted, 10 reproduced" in body
    rows = [line.split("|")[1:3] for line in body.splitlines() if line.startswith("| `")][:3]
    assert [(name.strip(), said.strip()) for name, said in rows] == [
        ("`lotus`", "⛔ failed"),
        ("`kelp`", "🔁 drifted (flaky)"),
        ("`juniper`", "✅ reproduced, with a new baseline"),
    ]
    assert "**Next:** `lotus` (`models/lotus/train.toml`): fix " in body or "**Next:** `lotus`: fix " in body
    folds = re.findall("<summary>(.*?)</summary>", body)
    assert folds[:3] == [
        "⛔ <code>lotus</code>",
        "🔁 <code>kelp</code> · ⚠️ 1 warning",
        "✅ <code>juniper</code>",
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


def test_nothing_reported_is_never_green():
    body = comment.render(bundle(), CONTEXT)
    assert "## ⛔ 0 models: nothing reported" in body


def test_a_single_report_reads_alike_in_a_file_and_in_a_comment():
    changed = replace(stale(), change=None)
    alone, posted = markdown.render(changed), rendered(changed, base="", marker="", commit="")
    assert alone.split("**Next:**")[0] == posted.split("**Next:**")[0]
    folded = alone.split("<summary>Details</summary>")[1].split("#### Reproduce locally")[0]
    assert folded in posted
