# SPDX-License-Identifier: Apache-2.0
"""`/repro accept` of several models, and of runs of a merge: one commit, a comment that knows of it, checks started."""

from dataclasses import replace

import pytest
from factories import make_fingerprint
from publish.accepting import PATH, refused, repo, reported, say
from publish.bundles import bundle, candidate, entry, files

from repro_action.action.accept_comment import AcceptOutcome
from repro_action.baseline import Baseline
from repro_action.codec.baseline import fingerprint_id, load
from repro_action.fingerprint import MaterialKind
from repro_action.report.model import Comparison, Flavour, Side
from repro_action.verdict import Verdict

__all__ = ["repo", "reported", "say"]

A, B = "a/repro.toml", "b/repro.toml"


@pytest.fixture
def two(reported):
    return reported(entry(config=A), entry(config=B, content="other"))


def baselines(repo):
    names = ("a/repro.baseline.json", "b/repro.baseline.json")
    return [repo.file(name, "topic") is not None for name in names]


def shown(hub, repo, pull):
    return next(
        one.body for one in hub.comments(repo, pull.number) if "repro-action:v1 id=repro " in one.body
    )


@pytest.mark.parametrize("words", ["all", "lines"])
def test_several_models_are_one_commit(repo, two, say, words):
    before = repo.branches["topic"]
    other = entry(config=B, content="other").fingerprint
    body = "/repro accept all" if words == "all" else f"/repro accept {two}\n/repro accept {other}\nthanks"
    done, _ = say(body)
    assert AcceptOutcome.ACCEPTED is done.outcome
    assert [before] == repo.commits[done.commit].parents
    assert [True, True] == baselines(repo)
    message = repo.commits[done.commit].message
    assert "Accept the baselines of 2 runs" in message
    assert A in message
    assert B in message


def test_one_model_is_accepted_after_the_other(hub, repo, pull, two, say):
    first, _ = say(f"/repro accept {two} {A}")
    assert [True, False] == baselines(repo)
    assert f"in `{first.commit[:12]}`: `{A}`." in shown(hub, repo, pull)
    second, _ = say(f"/repro accept {entry(config=B, content='other').fingerprint}")
    assert AcceptOutcome.ACCEPTED is second.outcome
    assert [first.commit] == repo.commits[second.commit].parents
    assert f"in `{second.commit[:12]}`: `{A}`, `{B}`." in shown(hub, repo, pull)


def test_models_with_one_fingerprint_are_accepted_together(repo, say, reported):
    reported(entry(config=A), entry(config=B))
    assert AcceptOutcome.ACCEPTED is say("/repro accept all")[0].outcome
    assert [True, True] == baselines(repo)


def test_all_leaves_out_what_can_be_no_baseline(repo, reported, say):
    reported(entry(config=A), entry(Verdict.DRIFTED, config=B, flavour=Flavour.FLAKY))
    assert AcceptOutcome.ACCEPTED is say("/repro accept all")[0].outcome
    assert [True, False] == baselines(repo)


def test_all_of_nothing_is_refused(hub, repo, pull, reported, say):
    reported(entry(Verdict.DRIFTED, flavour=Flavour.FLAKY))
    refused(say, hub, repo, pull, "/repro accept all", "could be accepted")


def test_one_wrong_line_of_several_accepts_nothing(hub, repo, pull, two, say):
    refused(say, hub, repo, pull, f"/repro accept {two}\n/repro accept 0123456789ab", "No run")
    assert [False, False] == baselines(repo)


def test_two_reports_of_one_model_are_not_chosen_among(hub, repo, pull, reported, say):
    reported(entry(config=A))
    (ran,) = repo.runs.values()
    hub.artifact(repo, ran, "repro-report-z", files(bundle(entry(config=A, content="unseen"))))
    refused(say, hub, repo, pull, "/repro accept all", "two reports of one configuration")


def test_code_that_came_after_the_report_is_not_accepted_with_a_baseline(hub, repo, pull, two, say):
    say(f"/repro accept {two} {A}")
    hub.commit(repo, "topic", {"train.py": b"newer"})
    refused(say, hub, repo, pull, "/repro accept all", "older commit")


def test_checks_of_the_commit_are_started_where_they_can_be(hub, repo, pull, two, say):
    repo.dispatchable.add("repro.yml")
    say(f"/repro accept {two} {A}")
    assert [("repro.yml", "topic")] == repo.dispatched
    assert "Its checks have been started." in shown(hub, repo, pull)


def test_a_comment_says_that_no_checks_were_started(hub, repo, pull, two, say):
    say(f"/repro accept {two} {A}")
    assert "start with the next push" in shown(hub, repo, pull)


def test_a_comment_that_cannot_be_updated_undoes_nothing(hub, two, say):
    hub.fault("forbidden", method="PATCH", path="issues/comments", count=9)
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {two} {A}")[0].outcome


def consuming(*, merged_into):
    """Return an entry that trains from `train.py` and `params.toml`, of a merge unless that is empty."""
    fingerprint = make_fingerprint(
        materials={MaterialKind.CODE: {"train.py": "blake3:1"}, MaterialKind.PARAMS: {"params.toml: l2": 1}},
        products=candidate().products,
    )
    made = entry()
    claim = Comparison(
        before=Side(label="baseline", platform=fingerprint.platform),
        after=Side(
            label="this run", platform=fingerprint.platform, revision="a" * 12, merged_into=merged_into
        ),
    )
    report = {"claim": claim, "fingerprint": fingerprint_id(fingerprint)}
    return replace(
        made, report=replace(made.report, **report), candidate=Baseline(name="wine").accept(fingerprint)
    )


@pytest.mark.parametrize("path", ["train.py", "params.toml", PATH, "repro.toml", "requirements.lock"])
def test_a_result_of_changes_that_only_the_base_has_is_refused(hub, repo, pull, reported, say, path):
    text = reported(consuming(merged_into="b" * 40))
    hub.commit(repo, "main", {path: b"theirs"})
    refused(say, hub, repo, pull, f"/repro accept {text}", f"has changed `{path}`")


def test_other_changes_of_the_base_do_no_harm(hub, repo, pull, reported, say):
    text = reported(consuming(merged_into="b" * 40))
    hub.commit(repo, "main", {"README.md": b"theirs", "other/train.py": b"theirs"})
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text}")[0].outcome
    assert {"x86_64-v3"} < set(load(repo.file(PATH, "topic").decode()).platforms)


def test_a_run_of_the_head_itself_is_accepted_whatever_the_base_has(hub, repo, pull, reported, say):
    text = reported(consuming(merged_into=""))
    hub.commit(repo, "main", {"train.py": b"theirs"})
    assert AcceptOutcome.ACCEPTED is say(f"/repro accept {text}")[0].outcome


def test_very_many_changes_of_the_base_are_refused(hub, repo, pull, reported, say):
    text = reported(consuming(merged_into="b" * 40))
    hub.commit(repo, "main", {f"docs/{number}.md": b"x" for number in range(301)})
    refused(say, hub, repo, pull, f"/repro accept {text}", "very many files")
