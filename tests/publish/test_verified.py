# SPDX-License-Identifier: Apache-2.0
"""Answers without a training: whose records are believed, for what, and what is said of it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback.state import START
from publish.bundles import bundle, entry, files, with_report
from publish.records import RECORD, document, write
from publish.staged import scene

from repro_action import __version__
from repro_action.action import verified
from repro_action.action.event import Event
from repro_action.action.inputs import ActionCommand
from repro_action.action.inputs import read as read_inputs
from repro_action.action.job import ActionJob
from repro_action.action.reports import from_run
from repro_action.cli.commands import action
from repro_action.errors import ArtifactUnreadable, LinkRefused, ReproError
from repro_action.report.json import verification as verification_json
from repro_action.report.model import EarlierRun
from repro_action.report.verification import NAME, VerificationRecords
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.port import PullRequest
from repro_action.sinks.github.runner import Runner
from repro_action.verdict import Verdict

__all__ = ["scene"]

ARTIFACT = "verified.repro-report"
TRUNK = {"repository": {"default_branch": "main"}}
PUSH = {"ref": "refs/heads/main", **TRUNK}
READER = {"actions": "read", "contents": "read", "pull_requests": "write"}
NOW = START + timedelta(days=2)


# From the push that trains to the pull request that does not


class Trained:
    """A scene whose default branch has verified its model, and left the record where GitHub keeps it."""

    def __init__(self, scene, hub):
        hub.token("t1", permissions=READER)
        self.scene, self.hub = scene, hub
        scene.stages("push", {}, only=("prepare", "run"))
        scene.base = scene.accept()
        self.run = hub.run(scene.repo, scene.repo.branches["main"], head_branch="main", event="push")
        scene.number = self.run.id - 1
        _, self.outputs, _, _ = scene.stages(
            "push", PUSH, only=("prepare", "run"), ref="refs/heads/main", sha=self.run.head_sha, reuse="true"
        )
        self.keep({NAME: Path(self.outputs["verified-json"]).read_bytes()})
        self.payload = {**scene.pull(), **TRUNK}

    def keep(self, content, run=None):
        made = self.hub.artifact(self.scene.repo, run or self.run, ARTIFACT, content)
        made.created_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return made

    def pull(self, **inputs):
        return self.scene.stages(
            "pull_request", self.payload, **{"reuse": "true", "force": "false", "comment": "always", **inputs}
        )

    def said(self, **inputs):
        status, outputs, _, _ = self.pull(**inputs)
        return status, outputs["verdict"], outputs["trained"]

    def by_hand_for_a_branch(self):
        payload = {**TRUNK, "ref": "refs/heads/topic"}
        _, outputs, _, _ = self.scene.stages(
            "workflow_dispatch", payload, only=("prepare", "run"), ref="refs/heads/topic", reuse="true"
        )
        return outputs["trained"], "verified-json" in outputs


@pytest.fixture
def trained(scene, hub):
    return Trained(scene, hub)


def test_what_main_verified_is_not_trained_again_and_the_first_line_says_so(trained, hub):
    assert ARTIFACT == trained.outputs["verified"]
    status, outputs, log, summary = trained.pull()
    said = f"reproduced, not trained here; verified in run {trained.run.id} on "
    (comment,) = hub.comments(trained.scene.repo, trained.payload["number"])
    first = next(line for line in comment.body.splitlines() if line.startswith("##"))
    assert (0, "reproduced", "false", "false") == (
        status,
        outputs["verdict"],
        outputs["trained"],
        outputs["changed"],
    )
    assert "rmse" in outputs["metrics"]
    assert "verified-json" not in outputs
    assert f"`tiny` {said}" in first
    assert f"actions/runs/{trained.run.id})" in comment.body
    assert said in summary.splitlines()[0]
    assert "running" not in log

    # The same scene, because each training takes a second.
    said = trained.by_hand_for_a_branch()
    assert ("false", False) == said
    assert (0, "reproduced", "true") == trained.said(force="true")
    trained.scene.edit("ridge = 1", "ridge = 3")
    assert (1, "changed", "true") == trained.said()
    trained.scene.edit("ridge = 3", "ridge = 1")
    hub.token("poor", permissions={"contents": "read"})
    _, outputs, log, _ = trained.pull(token="poor", comment="off")
    assert "true" == outputs["trained"]
    assert "nothing reused::Everything is trained: " in log
    assert "actions: read" in log


def job(name="pull_request", *, trusted=False, fork=False, **inputs):
    pull = PullRequest(
        number=1,
        open=True,
        base_repository="octo/model",
        base_ref="main",
        base_sha="",
        head_repository="mallory/model" if fork else "octo/model",
        head_ref="topic",
        head_sha="",
    )
    event = Event(
        name=name,
        repository="octo/model",
        sha="a" * 40,
        run=7,
        attempt=1,
        api_url="",
        run_url="",
        default_branch="main",
        trusted=trusted,
        pull=pull if name == "pull_request" else None,
    )
    given = replace(read_inputs({"REPRO_INPUT_REUSE": "true"}), **inputs)
    return ActionJob(inputs=given, event=event, root=Path(), server="")


def test_records_answer_for_pull_requests_and_branches_of_the_repository_itself():
    assert verified.may_answer(job())
    assert verified.may_answer(job("merge_group"))
    assert verified.may_answer(job("workflow_dispatch"))
    assert not verified.may_answer(job(fork=True))
    assert not verified.may_answer(job("push", trusted=True))
    assert not verified.may_answer(job(force=True))
    assert not verified.may_answer(job(reuse=False))
    assert not verified.may_answer(job(artifact=""))
    assert not verified.may_answer(job(command=ActionCommand.PLAN))


def test_records_are_kept_by_runs_of_the_default_branch_alone():
    done = bundle(replace(entry(Verdict.REPRODUCED), trained=True))
    assert "2026-01-03" == verification_json.load(verified.to_keep(job("push", trusted=True), done, NOW)).date
    for other in (job(), job("push"), job("push", trusted=True, reuse=False)):
        assert "" == verified.to_keep(other, done, NOW)
    assert "" == verified.to_keep(job("push", trusted=True), bundle(), NOW)


def test_what_a_step_put_in_the_place_of_the_record_is_replaced_and_a_link_refused(tmp_path):
    place, elsewhere = tmp_path / NAME, tmp_path / "elsewhere"
    runner = Runner(output=None, summary=None, log=io.StringIO())
    place.write_text("forged", encoding="utf-8")
    action._keep_verified("what repro saw", runner, tmp_path)
    assert "what repro saw" == place.read_text("utf-8")
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    with pytest.raises(LinkRefused):
        action._keep_verified("another", runner, tmp_path)
    assert "what repro saw" == elsewhere.read_text("utf-8")


def test_a_fork_is_handed_nothing_over_even_where_a_file_lies_there(tmp_path):
    whole = verification_json.load(json.dumps(document()))
    verified.hand_over(whole, tmp_path)
    assert whole == verified.handed_over(job(), tmp_path)
    assert verified.handed_over(job(fork=True), tmp_path) is None
    (tmp_path / NAME).unlink()
    assert verified.handed_over(job(), tmp_path) is None


# Whom GitHub says that it is from


@dataclass
class Shelf:
    """Runs and their records, in a repository with one pull request."""

    hub: object
    repo: object
    host: object

    def leave(self, left_by, days=0, **changes):
        records = VerificationRecords(
            tool=__version__,
            commit=left_by.head_sha,
            run=left_by.id,
            run_url="https://github.com/octo/model/actions/runs/1",
            date="2026-01-02",
            records=(RECORD,),
        )
        made = self.hub.artifact(self.repo, left_by, ARTIFACT, write(replace(records, **changes)))
        made.created_at = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return made

    def run(self, **values):
        values = {"head_branch": "main", "event": "push", **values}
        return self.hub.run(self.repo, values.pop("sha", self.repo.branches["main"]), **values)

    def found(self):
        return verified.fetch(self.host, job(), NOW)


@pytest.fixture
def shelf(hub, repo, host):
    return Shelf(hub, repo, host)


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_records_of_runs_of_the_default_branch_are_believed(shelf, event):
    run = shelf.run(event=event)
    shelf.leave(run)
    found = shelf.found()
    assert ((run.id, run.head_sha), (RECORD,)) == ((found.run, found.commit), found.records)


def test_records_of_any_other_run_are_not(hub, repo, fork, pull, shelf):
    fork.branches["main"] = hub.commit(fork, "main2", {"x": b"evil"})
    own = repo.branches["topic"]
    for values in (
        {"event": "pull_request"},
        {"event": "pull_request", "head_branch": "topic", "sha": own},
        {"head_branch": "topic", "sha": own},
        {"event": "workflow_dispatch", "head_branch": "topic", "sha": own},
        {"event": "workflow_run"},
        {"event": "issue_comment"},
        {"event": "pull_request_target"},
        {"head_repo": fork, "sha": fork.branches["main"]},
        {"event": "push", "sha": own},  # a tag that is called `main`
    ):
        shelf.leave(shelf.run(**values))
    assert shelf.found() is None


def test_a_commit_that_was_since_taken_out_of_the_branch_is_not_believed(hub, repo, shelf):
    gone = hub.commit(repo, "old", {"x": b"1"})
    shelf.leave(shelf.run(sha=gone))
    assert shelf.found() is None


def test_a_record_that_names_another_run_or_commit_is_refused(shelf):
    for changes in ({"run": 7}, {"commit": "a" * 40}):
        shelf.leave(shelf.run(), **changes)
        with pytest.raises(ArtifactUnreadable, match="another run"):
            shelf.found()


@pytest.mark.parametrize("content", [{NAME: b"{"}, {"evil.sh": b"x"}, {NAME: b"{}", "x": b""}, b"no zip"])
def test_an_artifact_that_the_action_does_not_write_is_refused(hub, repo, shelf, content):
    made = hub.artifact(repo, shelf.run(), ARTIFACT, content)
    made.created_at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(ArtifactUnreadable):
        shelf.found()


@pytest.mark.parametrize(("days", "believed"), [(29, True), (31, False), (-3, False)])
def test_a_record_is_believed_for_thirty_days(shelf, days, believed):
    shelf.leave(shelf.run(), days=days)
    assert believed == (shelf.found() is not None)


def test_the_newest_run_of_the_branch_decides_and_another_version_of_repro_decides_nothing(shelf):
    shelf.leave(shelf.run())
    shelf.leave(shelf.run(), tool="0.0.1")
    assert shelf.found() is None
    newest = shelf.run()
    shelf.leave(newest)
    shelf.leave(shelf.run(event="pull_request"))
    assert newest.id == shelf.found().run


def test_an_expired_artifact_and_one_of_another_name_answer_for_nothing(hub, repo, shelf):
    run = shelf.run()
    shelf.leave(run).expired = True
    hub.artifact(repo, run, "verified.other", write(VerificationRecords(
        tool=__version__, commit=run.head_sha, run=run.id, run_url="", date="2026-01-02", records=(RECORD,)
    )))  # fmt: skip
    assert shelf.found() is None


def test_strangers_cannot_make_the_search_long(shelf, asked):
    for _ in range(2 * verified.RUNS):
        shelf.leave(shelf.run(event="pull_request"))
    asked()
    assert shelf.found() is None
    assert verified.RUNS == asked().count("GET actions/get-workflow-run")


# A fork's own claim


def test_a_fork_that_says_it_was_verified_before_is_shown_as_failed(hub, repo, fork, foreign, host):
    claimed = with_report(
        entry(Verdict.REPRODUCED), verified_in=EarlierRun(run=1, date="2026-01-01", commit="a" * 40)
    )
    run = hub.run(repo, fork.branches["evil"], head_branch="evil", head_repo=fork)
    hub.artifact(repo, run, "repro-report", files(bundle(claimed)))
    options = PublishOptions(identity="repro", mode=CommentMode.ALWAYS, fail_on=frozenset({Verdict.FAILED}))
    published = from_run(host, host.run(run.id), options, artifact="repro-report")
    (comment,) = hub.comments(repo, foreign.number)
    assert [Verdict.FAILED] == [one.report.verdict for one in published.bundle.entries]
    assert "not trained, but verified before" in comment.body
    assert "not trained here" not in comment.body


def test_the_flag_is_read_strictly():
    for name in ("REUSE", "FORCE"):
        with pytest.raises(ReproError, match="true, false"):
            read_inputs({f"REPRO_INPUT_{name}": "yes"})


def test_a_strangers_date_is_text_in_the_heading(hub, repo, pull, host):
    evil = EarlierRun(run=1, date="2026 [x](https://evil.example) @all <b>", commit="a" * 40)
    run = hub.run(repo, pull.pull.head_sha)
    claimed = with_report(entry(Verdict.REPRODUCED), verified_in=evil)
    hub.artifact(repo, run, "repro-report", files(bundle(claimed)))
    options = PublishOptions(identity="repro", mode=CommentMode.ALWAYS, fail_on=frozenset())
    from_run(host, host.run(run.id), options, artifact="repro-report")
    (comment,) = hub.comments(repo, pull.number)
    assert "not trained here" in comment.body
    # Foreign texts that could be markup are code.
    assert "not trained here; verified in run 1 on 2026 `[x](https://evil.example) @all <b>`" in comment.body
