"""The three stages of the action, one after the other, against a GitHub that checks every request."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from publish.staged import scene, writer

from repro_action.errors import ReproError

__all__ = ["scene"]


def test_a_first_run_is_reported_and_fails_until_it_is_accepted(scene, hub):
    writer(hub)
    payload = scene.pull()
    status, outputs, log, summary = scene.stages("pull_request", payload)
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert (3, "no_baseline", "true") == (status, outputs["verdict"], outputs["trained"])
    assert "no baseline" in comment.body
    assert "no baseline" in summary
    assert outputs["comment-url"].endswith(f"-{comment.id}")
    assert "::notice" in log
    scene.accept()
    status, outputs, _, _ = scene.stages("pull_request", payload)
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert (0, "reproduced") == (status, outputs["verdict"])
    assert "reproduced" in comment.body


@pytest.mark.parametrize("head", [True, False], ids=["its head", "an older commit"])
def test_a_run_for_a_branch_comments_on_the_pull_request_of_that_commit(scene, hub, head):
    """So `/repro accept` starts the checks of its commit."""
    writer(hub)
    payload = scene.pull()
    sha = payload["pull_request"]["head"]["sha"]
    if not head:
        hub.commit(scene.repo, "topic", {"newer": b""})
    by_hand = {"repository": {"default_branch": "main"}}
    status, *_ = scene.stages("workflow_dispatch", by_hand, sha=sha, ref="refs/heads/topic")
    comments = hub.comments(scene.repo, payload["number"])
    assert (3, head) == (status, bool(comments))
    assert all(f"sha={sha}" in one.body for one in comments)


def test_an_edited_parameter_is_named_in_the_comment_and_at_its_line(scene, hub):
    writer(hub)
    scene.stages("push", {}, only=("prepare", "run"))
    scene.base = scene.accept()
    payload = scene.pull()
    scene.edit("ridge = 1", "ridge = 3")
    scene.commit("edit")
    status, outputs, log, _ = scene.stages("pull_request", payload)
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert (1, "changed", "true") == (status, outputs["verdict"], outputs["changed"])
    assert "## ❌ `tiny` changed: ridge 1 → 3\n" in comment.body
    text = (scene.root / "params.toml").read_text(encoding="utf-8").splitlines()
    line = text.index("ridge = 3") + 1
    place = rf"/blob/{payload['pull_request']['head']['sha']}/params\.toml#L{line}\)"
    assert re.search(rf"not intended → look at \[`params\.toml:{line}`\]\(\S+{place}", comment.body)
    assert f"::error file=params.toml,line={line},title=tiny%3A ridge 1 → 3::rmse " in log
    assert "repro.baseline.json" not in log


def test_what_an_accepted_change_does_is_reported_with_its_cause(scene, hub):
    writer(hub)
    scene.stages("push", {}, only=("prepare", "run"))
    scene.base = scene.accept()
    payload = scene.pull()
    data = scene.root / "data" / "points.csv"
    lines = data.read_text(encoding="utf-8").splitlines(keepends=True)
    data.write_text("".join([*lines, *lines[1:4]]), encoding="utf-8")
    subprocess.run(["repro", "pin", "data/points.csv"], cwd=scene.root, check=True, capture_output=True)
    scene.stages("push", {}, only=("prepare", "run"))
    scene.accept()
    status, outputs, _, _ = scene.stages("pull_request", payload)
    (comment,) = hub.comments(scene.repo, payload["number"])
    assert (0, "reproduced", "true") == (status, outputs["verdict"], outputs["changed"])
    assert "## ⚠️ `tiny` reproduced, with a new baseline: `data/points.csv` +3 rows" in comment.body
    assert "merging makes this the baseline on main." in comment.body


def test_a_new_model_other_inputs_an_error_and_a_conflict_are_each_called_what_they_are(scene, hub):
    writer(hub)
    scene.stages("push", {}, only=("prepare", "run"))
    accepted = scene.accept()
    payload = scene.pull()
    place = scene.root / "repro.baseline.json"
    text = place.read_text(encoding="utf-8")

    def comment(verdict: str) -> str:
        _, outputs, log, _ = scene.stages("pull_request", payload)
        assert (verdict, "true") == (outputs["verdict"], outputs["changed"])
        (found,) = hub.comments(scene.repo, payload["number"])
        return f"{log}{found.body.split('<details>')[0]}"

    seen = comment("reproduced")
    assert "## ✅ `tiny` is new, and reproduced\n" in seen
    assert re.search(r"\| `rmse` \| 0\.27\d+ \|", seen)

    payload["pull_request"]["base"]["sha"] = accepted
    with (scene.root / "ridge.py").open("a", encoding="utf-8") as file:
        file.write("# the same\n")
    seen = comment("reproduced")
    assert "## ✅ `tiny` reproduced with changed inputs: `ridge.py" in seen
    assert "**Next:** nothing has to be done; to record the new inputs, " in seen

    scene.edit('params["ridge"]', 'params["lasso"]', "train.py")
    lines = (scene.root / "train.py").read_text(encoding="utf-8").splitlines()
    line = next(number for number, found in enumerate(lines, start=1) if "lasso" in found)
    seen = comment("failed")
    assert "## ⛔ `tiny` failed: KeyError: `'lasso'`\n" in seen
    assert f"**Next:** fix [`train.py:{line}`]" in seen
    assert f"::error file=train.py,line={line},title=tiny%3A failed::KeyError: 'lasso'." in seen
    assert "better" not in seen

    place.write_text(f"<<<<<<< ours\n{text}", encoding="utf-8")
    assert "## ⛔ `tiny` failed: " in comment("failed")


def test_where_nothing_changed_no_comment_is_made(scene, hub):
    writer(hub)
    scene.stages("push", {}, only=("prepare", "run"))
    scene.base = scene.accept()
    payload = scene.pull()
    status, outputs, _, summary = scene.stages("pull_request", payload)
    assert (0, "reproduced", "false", "") == (
        status,
        outputs["verdict"],
        outputs["changed"],
        outputs["comment-url"],
    )
    assert [] == hub.comments(scene.repo, payload["number"])
    assert "reproduced" in summary


def test_without_a_permission_the_job_says_which_one_and_goes_on(scene, hub):
    hub.token("t1", permissions={"contents": "read"})
    payload = scene.pull()
    status, outputs, log, summary = scene.stages("pull_request", payload, fail_on="failed")
    assert (0, "no_baseline") == (status, outputs["verdict"])
    assert "::warning" in log
    assert "pull-requests: write" in log
    assert "pull-requests: write" in summary


def test_a_fork_is_answered_in_the_summary_and_pointed_to_the_other_workflow(scene, hub):
    hub.token("t1", permissions={"contents": "read", "pull_requests": "read"})
    payload = scene.pull(fork=True)
    status, _, log, summary = scene.stages("pull_request", payload, fail_on="failed")
    assert 0 == status
    assert "fork-safe-publish.yml" in log
    assert "no baseline" in summary


def test_the_artifact_is_linked_and_no_other_address(scene, hub, monkeypatch):
    writer(hub)
    payload = scene.pull()
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    _, outputs, _, _ = scene.stages("pull_request", payload, only=("prepare", "run"))
    for address, linked in (
        (f"https://github.com/octo/models/actions/runs/{scene.number + 1}/artifacts/7", True),
        (f"https://evil.example/octo/models/actions/runs/{scene.number + 2}/artifacts/7", False),
        (f"https://github.com/octo/models/actions/runs/{scene.number + 3}/artifacts/7) [x](//e", False),
    ):
        monkeypatch.setenv("REPRO_ARTIFACT_URL", address)
        monkeypatch.setenv("REPRO_PAGE_URL", address)
        monkeypatch.setenv("REPRO_FOLDER", outputs["folder"])
        *_, summary = scene.stages("pull_request", payload, only=("publish",))
        (comment,) = hub.comments(scene.repo, payload["number"])
        assert linked == (f"[report]({address})" in comment.body)
        assert linked == (f"[page]({address})" in comment.body)
        assert linked == ("[report](" in summary)
        assert linked == ("[page](" in summary)


def test_the_page_is_left_for_the_step_that_uploads_it(scene, hub):
    writer(hub)
    _, outputs, _, _ = scene.stages("pull_request", scene.pull(), only=("prepare", "run"))
    assert "repro-page" == outputs["page"]
    page = Path(outputs["page-html"])
    assert page.parent == Path(outputs["folder"])
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run", "issue_comment"])
def test_nothing_is_trained_where_a_stranger_could_take_the_token(scene, event):
    head = {"repo": {"full_name": "octo/models"}, "ref": "topic", "sha": "a" * 40}
    payload = {
        "pull_request": {"number": 1, "state": "open", "base": head, "head": head},
        "workflow_run": {
            "id": 1,
            "event": "pull_request",
            "head_sha": "a" * 40,
            "head_repository": {"full_name": "octo/models"},
        },
        "action": "created",
        "comment": {"id": 1, "user": {"login": "ada"}, "body": "x"},
        "issue": {"number": 1, "pull_request": {}},
    }
    with pytest.raises(ReproError, match="has a token with write access"):
        scene.stages(event, payload, only=("prepare",))


def test_a_report_that_is_not_there_is_a_failure(scene, hub):
    writer(hub)
    with pytest.raises(ReproError, match="wrote no report"):
        scene.stages("pull_request", scene.pull(), only=("prepare", "publish"))


def test_the_token_is_in_no_file_and_no_line(scene, hub):
    hub.token("s3cr3t", permissions={"pull_requests": "write"})
    _, outputs, log, summary = scene.stages("pull_request", scene.pull(), token="s3cr3t")
    kept = [path.read_bytes() for path in scene.tmp.rglob("*") if path.is_file()]
    assert "s3cr3t" not in log + summary + "".join(outputs.values())
    assert not any(b"s3cr3t" in data for data in kept)


def test_a_baseline_that_no_longer_reproduces_opens_an_issue_and_closes_it(scene, hub):
    hub.token("t1", permissions={"issues": "write", "contents": "read"})
    scene.stages("schedule", {}, only=("prepare", "run"))
    scene.accept()
    path = scene.root / "repro.baseline.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'("rmse": )([0-9.]+)', r"\g<1>0.5", whole), encoding="utf-8")
    status, outputs, _, _ = scene.stages("schedule", {}, issue="true")
    assert 1 == status
    assert "/issues/" in outputs["comment-url"]
    path.write_text(whole, encoding="utf-8")
    status, outputs, _, _ = scene.stages("schedule", {}, issue="true")
    assert 0 == status
    assert ["closed"] == [
        issue.state for issue in scene.repo.issues.values() if issue.title.startswith("A b")
    ]
