"""What happens after, beside and without a pull request: publishing, accepting, many models, every night."""

import re
import shutil

import pytest
from action.scene import BASELINE, EXAMPLES


@pytest.fixture
def changed(scene):
    """A pull request of a branch, on which the comment says that a parameter changed the model."""
    workflows = scene.work / ".github" / "workflows"
    workflows.mkdir(parents=True)
    shutil.copy(EXAMPLES / "accept.yml", workflows)
    scene.start(baseline=True)
    scene.branch("topic")
    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.push("topic")
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue)
    assert "changed" == acted.outputs["verdict"], acted.why
    return issue


def offered(scene, issue):
    """The line that the comment asks for."""
    return re.search(r"Comment `(/repro accept [0-9a-f]{12})`", scene.only_comment(issue))[1]


def say(scene, issue, text, login):
    return scene.hub.comment(scene.repo, issue.number, text, user=login)


def test_a_fork_is_trained_without_and_reported_with_a_token_that_writes(scene):
    scene.start(baseline=True)
    fork = scene.hub.fork(scene.repo, "mallory")
    scene.branch("patch")
    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.push("patch", fork)
    issue = scene.pull("patch", fork)
    trained = scene.on_pull_request(issue, "fork-safe-verify.yml")
    assert "changed" == trained.outputs["verdict"], trained.why
    assert [] == scene.writes()

    run = list(scene.repo.runs.values())[-1]
    published = scene.on_workflow_run(run)
    body = scene.only_comment(issue)
    assert "ridge 1 → 2" in body, published.why
    assert "controls" in body, "readers are told who wrote the report"
    assert published.stage("run") is None


def test_a_comment_by_somebody_who_may_push_commits_what_was_reported(scene, changed):
    asked = say(scene, changed, offered(scene, changed), "alice")
    acted = scene.on_comment(asked)
    assert acted.green, acted.why
    landed = scene.repo.file(BASELINE, "topic")
    assert {"eyes", "rocket"} == {content for _, _, content in asked.reactions}

    scene.fetched("topic")
    assert scene.accept() == landed, "the same bits as on a laptop"
    again = scene.on_pull_request(changed)
    assert again.green, again.why
    assert "reproduced" == again.outputs["verdict"]


def test_a_comment_by_somebody_who_may_not_push_commits_nothing(scene, changed):
    # One pull request for all: nothing of these may change it.
    before = scene.repo.branches["topic"]
    line = offered(scene, changed)
    for login, text in (("bob", line), ("mallory", line), ("alice", "/repro accept 0123456789ab")):
        asked = say(scene, changed, text, login)
        scene.on_comment(asked)
        assert before == scene.repo.branches["topic"], (login, text)
        assert "rocket" not in {content for _, _, content in asked.reactions}, (login, text)
    asked = len(scene.hub.requests)
    acted = scene.on_comment(say(scene, changed, "I would not /repro accept this", "alice"))
    assert acted.stage("prepare") is None, "a comment about something else starts nothing"
    assert asked == len(scene.hub.requests)


def test_a_matrix_trains_what_a_change_affects_and_comments_once(scene):
    scene.start("models/ash", "models/birch", "models/cedar", baseline=True)
    scene.branch("topic")
    scene.edit("models/ash/params.toml", "ridge = 1", "ridge = 2")
    scene.edit("models/birch/evaluate.py", '"""Predict', '"""Foretell')
    scene.push("topic")
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue, "matrix.yml")
    run = list(scene.repo.runs)[-1]
    names = {file.stem for file in (scene.artifacts / str(run)).glob("*.zip")}
    pages = {"repro-page-ash", "repro-page-birch"}
    assert {"repro-report--plan", "repro-report-ash", "repro-report-birch", *pages} == names, acted.why
    body = scene.only_comment(issue)
    assert "2 models" in body
    assert "ridge 1 → 2" in body
    assert ["POST issues/create-comment"] == [one for one in scene.writes() if "comment" in one]
    assert not acted.green


def test_a_matrix_of_nothing_trains_nothing_misses_a_model_and_brings_the_comment_up_to_date(scene):
    scene.start("models/ash", "models/birch", baseline=True)
    scene.branch("topic")
    shutil.move(scene.work / "models" / "birch", scene.folder / "birch")
    scene.push("topic")
    issue = scene.pull("topic")
    acted = scene.on_pull_request(issue, "matrix.yml")
    assert acted.green, acted.why
    assert acted.stage("run") is None
    assert "**⚠️ No longer verified:** `birch` (`models/birch/repro.toml`)" in scene.only_comment(issue)

    shutil.move(scene.folder / "birch", scene.work / "models" / "birch")
    scene.push("topic")
    acted = scene.on_pull_request(issue, "matrix.yml")
    assert acted.green, acted.why
    assert "## ✅ No model affected" in scene.only_comment(issue)


def test_a_fork_whose_training_job_died_is_told_so_and_fails_the_job_that_publishes(scene):
    scene.start()
    fork = scene.hub.fork(scene.repo, "mallory")
    scene.branch("patch")
    sha = scene.push("patch", fork)
    issue = scene.pull("patch", fork)
    run = scene.run(sha, "patch", fork, "pull_request")
    run.status, run.conclusion = "completed", "failure"
    published = scene.on_workflow_run(run)
    assert not published.green, published.why
    assert "no job of this run uploaded a report" in scene.only_comment(issue)


def test_every_night_one_issue_is_open_while_a_baseline_does_not_reproduce(scene):
    scene.start(baseline=True)
    scene.edit("params.toml", "ridge = 1", "ridge = 2")
    scene.push("main")
    for _ in range(2):
        night = scene.runs("scheduled.yml", "schedule", {"schedule": "17 3 * * *"})
        assert not night.green
        (issue,) = scene.repo.issues.values()
        assert "open" == issue.state, night.why
        assert "ridge 1 → 2" in issue.body

    scene.accept()
    scene.push("main")
    night = scene.runs("scheduled.yml", "schedule", {"schedule": "17 3 * * *"})
    assert night.green, night.why
    (issue,) = scene.repo.issues.values()
    assert "closed" == issue.state


def test_what_a_push_to_main_verified_is_not_trained_in_a_pull_request(scene):
    scene.start(baseline=True)
    text = (EXAMPLES / "simplest.yml").read_text(encoding="utf-8")
    workflow = scene.folder / "reuse.yml"
    text = text.replace("on: [pull_request,", "on: [push, pull_request,")
    text = text.replace("pull-requests: write }", "pull-requests: write, actions: read }")
    workflow.write_text(
        f'{text.rstrip()}\n        with: {{ reuse: "true", comment: always }}\n', encoding="utf-8"
    )
    pushed = scene.runs(
        workflow, "push", {"ref": "refs/heads/main"}, variables={"GITHUB_REF": "refs/heads/main"}
    )
    assert ("reproduced", "true") == (pushed.outputs["verdict"], pushed.outputs["trained"]), pushed.why
    (run,) = scene.repo.runs.values()
    assert ["repro-page", "repro-report", "verified.repro-report"] == sorted(
        one.name for one in scene.repo.artifacts.values()
    )

    scene.branch("topic")
    (scene.work / "NOTES.md").write_text("words\n", encoding="utf-8")
    scene.push("topic")
    issue = scene.pull("topic")
    pulled = scene.on_pull_request(issue, workflow)
    assert ("reproduced", "false") == (pulled.outputs["verdict"], pulled.outputs["trained"]), pulled.why
    assert f"reproduced, not trained here; verified in run {run.id} on " in scene.only_comment(issue)
    assert "verified.repro-report" not in [
        one.name for one in scene.repo.artifacts.values() if one.run is not run
    ]
