# SPDX-License-Identifier: Apache-2.0
"""Which report `/repro accept` believes: of this pull request, its head and its own run, and what it shows is what is committed."""

import hashlib
import json
from dataclasses import replace

import pytest
from publish.accepting import refused, replies, repo, reported, say
from publish.bundles import bundle, candidate, entry, files, with_report

from repro_action.action.accept_comment import AcceptOutcome
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id
from repro_action.report.bundle import NAME
from repro_action.report.model import (
    Comparison,
    Flavour,
    MetricRow,
    Side,
    State,
    StepLine,
    StepState,
)
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.verdict import Verdict

__all__ = ["repo", "reported", "say"]


def test_a_pull_request_without_a_report_is_refused(say, hub, repo, pull):
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", "no report")


def test_somebody_elses_report_is_none(say, hub, repo, pull, reported):
    text = reported()
    for one in hub.comments(repo, pull.number):
        one.user = "mallory"
    refused(say, hub, repo, pull, f"/repro accept {text}", "no report")


def test_a_report_of_an_older_commit_is_refused(say, hub, repo, pull, reported):
    text = reported()
    hub.commit(repo, "topic", {"train.py": b"newer"})
    refused(say, hub, repo, pull, f"/repro accept {text}", "older commit")


@pytest.mark.parametrize(
    "run",
    [{"event": "push"}, {"event": "workflow_dispatch", "head_branch": "another"}, {"sha": "0" * 40}],
    ids=str,
)
def test_a_run_that_is_not_of_this_pull_request_is_refused(say, hub, repo, pull, reported, run):
    refused(say, hub, repo, pull, f"/repro accept {reported(**run)}", "own branch")


def test_a_run_of_a_fork_is_refused(say, hub, repo, pull, reported):
    text = reported(head_repo=hub.fork(repo, "mallory"))
    refused(say, hub, repo, pull, f"/repro accept {text}", "own branch")


def test_a_flaky_run_is_refused(say, hub, repo, pull, reported):
    text = reported(entry(Verdict.DRIFTED, flavour=Flavour.FLAKY))
    refused(say, hub, repo, pull, f"/repro accept {text}", "gave different results")


def test_a_run_with_a_false_record_of_a_search_is_refused(say, hub, repo, pull, reported):
    claim = SearchClaim(
        search="out/study.log",
        question=SearchQuestion.WINNER,
        state=ClaimState.REFUTED,
        text="trial 3 is better",
    )
    text = reported(with_report(entry(Verdict.NO_BASELINE), searches=(claim,)))
    refused(say, hub, repo, pull, f"/repro accept {text}", "trial 3 is better")
    refused(say, hub, repo, pull, "/repro accept all", "No run")


def test_a_failed_run_is_refused(say, hub, repo, pull, reported):
    refused(say, hub, repo, pull, f"/repro accept {reported(entry(Verdict.FAILED))}", "failed")


def test_a_fingerprint_is_computed_and_not_believed(say, hub, repo, pull, reported):
    reported(with_report(entry(), fingerprint="0123456789ab" + "0" * 52))
    refused(say, hub, repo, pull, "/repro accept 0123456789ab", "No run")


def test_a_report_whose_fingerprint_is_not_of_its_candidate_is_refused(say, hub, repo, pull, reported):
    text = reported(with_report(entry(), fingerprint="0" * 64))
    refused(say, hub, repo, pull, f"/repro accept {text}", "No run")


@pytest.mark.parametrize(
    "path",
    [
        "train.py",
        ".github/workflows/x.json",
        "../repro.baseline.json",
        "/etc/passwd",
        "other/repro.baseline.json",
    ],
)
def test_a_baseline_elsewhere_is_refused(say, hub, repo, pull, reported, path):
    document = json.loads(files(bundle())[NAME])
    document["entries"][0]["baseline"] = path
    text = reported(artifact={NAME: json.dumps(document).encode()})
    done, _ = say(f"/repro accept {text}")
    assert AcceptOutcome.REFUSED is done.outcome
    assert {".github/workflows/x.json", "train.py"} & set(repo.commits[repo.branches["topic"]].files) <= {
        "train.py"
    }
    assert b"x" == repo.file("train.py", "topic")


def test_a_hostile_artifact_is_refused(say, hub, repo, pull, reported):
    text = reported(artifact=b"no zip")
    refused(say, hub, repo, pull, f"/repro accept {text}", "cannot be read")


def test_an_expired_report_is_refused(say, hub, repo, pull, reported):
    refused(say, hub, repo, pull, f"/repro accept {reported(artifact={})}", "expired")


def test_two_fingerprints_that_begin_alike_are_not_mistaken_for_each_other(
    hub, repo, pull, reported, say, monkeypatch
):
    # 2**24 tries make such a pair. One stands in the comment, the other comes first in the list.
    def alike(fingerprint):
        text = dump(Baseline(name="").accept(fingerprint))
        return "ab" * 6 + hashlib.sha256(text.encode()).hexdigest()[12:]

    monkeypatch.setattr("repro_action.report.bundle.fingerprint_id", alike)
    unseen, shown = (
        with_report(item, fingerprint=item.fingerprint)
        for item in (entry(Verdict.EQUIVALENT, content="unseen"), entry(content="shown"))
    )
    before = repo.branches["topic"]
    text = reported(artifact=files(bundle(unseen)))
    (ran,) = repo.runs.values()
    hub.artifact(repo, ran, "repro-report-z", files(bundle(shown)))
    assert AcceptOutcome.REFUSED is say(f"/repro accept {text}")[0].outcome
    assert before == repo.branches["topic"]
    (reply,) = replies(hub, repo, pull)
    assert "begin with these digits" in reply


def shown(row, **candidate_changes):
    """Return an entry whose report shows a metric, beside its candidate."""
    made = entry()
    (fingerprint,) = made.candidate.platforms.values()
    side = Side(label="this run", platform=fingerprint.platform)
    claim = Comparison(before=side, after=side, metrics=(row,))
    fingerprint = replace(fingerprint, **candidate_changes)
    return replace(
        with_report(made, claim=claim, fingerprint=fingerprint_id(fingerprint)),
        candidate=Baseline(name="wine").accept(fingerprint),
    )


ROW = MetricRow(file="m.json", name="accuracy", state=State.DIFFERS, before=0.9, after=0.94)


def test_numbers_that_are_not_those_to_commit_are_refused(say, hub, repo, pull, reported):
    text = reported(shown(ROW, metrics={"m.json": {"accuracy": 0.1}}))
    refused(say, hub, repo, pull, f"/repro accept {text}", "is not what the report shows")


def test_numbers_that_are_those_to_commit_are_accepted(say, reported):
    done, _ = say(f"/repro accept {reported(shown(ROW, metrics={'m.json': {'accuracy': 0.94}}))}")
    assert AcceptOutcome.ACCEPTED is done.outcome


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another"},
        {"steps": (StepLine(name="another", state=StepState.RAN),)},
        {"claim": Comparison(before=Side(label="a", platform="x"), after=Side(label="b", platform="y"))},
    ],
    ids=["name", "steps", "platform"],
)
def test_a_report_of_something_else_is_refused(say, hub, repo, pull, reported, change):
    text = reported(with_report(entry(), **change))
    refused(say, hub, repo, pull, f"/repro accept {text}", "is not what the report shows")


def test_leaves_left_out_that_the_report_does_not_show_are_refused(say, hub, repo, pull, reported):
    (fingerprint,) = entry().candidate.platforms.values()
    products = {
        path: replace(product, excluded={"coef_": "byproducts: **"})
        for path, product in fingerprint.products.items()
    }
    made = shown(replace(ROW, after=0.94), metrics={"m.json": {"accuracy": 0.94}}, products=products)
    refused(say, hub, repo, pull, f"/repro accept {reported(made)}", "left out of the comparison")


def test_a_baseline_of_another_configuration_is_not_replaced(say, hub, repo, pull, reported):
    text = reported()
    other = dump(Baseline(name="another").accept(candidate("theirs"))).encode()
    hub.commit(repo, "topic", {"repro.baseline.json": other})
    pull.head_sha = repo.branches["topic"]
    text = reported()
    refused(say, hub, repo, pull, f"/repro accept {text}", "is the baseline of `another`")
