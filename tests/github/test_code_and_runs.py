"""Pull requests, files, runs, artifacts, checks and issues do what GitHub's do."""

from __future__ import annotations

import base64
import io
import urllib.request
import zipfile

from loopback.asking import ask
from loopback.state import blob_sha
from world import ALL, HOME

CONTENT = f"{HOME}/contents/repro.baseline.json"


def put(hub, data=b"new", **body):
    whole = {"message": "m", "content": base64.b64encode(data).decode(), **body}
    return ask(hub, "PUT", CONTENT, whole)


# Pull requests


def test_a_pull_request_moves_with_its_branch(hub, world):
    sha = hub.commit(world.fork, "evil", {"train.py": b"z"})
    assert sha == ask(hub, "GET", f"{HOME}/pulls/2").body["head"]["sha"]
    assert b"z" == world.repo.file("train.py", sha)


def test_pull_requests_are_found_by_head_base_and_state(hub, world):
    def found(query):
        return [one["number"] for one in ask(hub, "GET", f"{HOME}/pulls?{query}").body]

    assert [[2], [1], [], [2, 1]] == [
        found(q) for q in ("head=mallory:evil", "head=octo:topic", "head=octo:evil", "base=main")
    ]
    world.own.state = "closed"
    assert [[2], [1], [2, 1]] == [found(f"state={state}") for state in ("open", "closed", "all")]


def test_a_commit_of_a_fork_leads_to_no_pull_request(hub, world):
    own, foreign = world.own.pull.head_sha, world.foreign.pull.head_sha
    assert [1] == [one["number"] for one in ask(hub, "GET", f"{HOME}/commits/{own}/pulls").body]
    assert [] == ask(hub, "GET", f"{HOME}/commits/{foreign}/pulls").body


def test_a_pull_request_outlives_its_fork(hub, world):
    world.foreign.pull.head_repo = None
    assert ask(hub, "GET", f"{HOME}/pulls/2").body["head"]["repo"] is None
    assert ask(hub, "GET", f"{HOME}/pulls?head=mallory:evil").body[0]["head"]["repo"] is None


def test_a_run_names_pull_requests_of_its_own_repository_only(hub, world):
    foreign = hub.run(world.repo, world.foreign.pull.head_sha, head_repo=world.fork, head_branch="evil")
    numbers = [
        [one["number"] for one in ask(hub, "GET", f"{HOME}/actions/runs/{run.id}").body["pull_requests"]]
        for run in (world.run, foreign)
    ]
    assert [[1], []] == numbers


def test_a_commit_names_the_files_that_it_changes(hub, world):
    body = ask(hub, "GET", f"{HOME}/commits/{world.own.pull.head_sha}").body
    assert [("train.py", "added")] == [(one["filename"], one["status"]) for one in body["files"]]


# Files


def test_a_file_is_read_at_a_ref(hub, world):
    hub.commit(world.repo, "topic", {"repro.baseline.json": b"topic"})
    for ref, content in (("main", b"{}"), ("topic", b"topic"), (world.own.pull.base_sha, b"{}")):
        assert content == base64.b64decode(ask(hub, "GET", f"{CONTENT}?ref={ref}").body["content"])
    assert 404 == ask(hub, "GET", f"{CONTENT}?ref=nowhere").status
    assert 404 == ask(hub, "GET", f"{HOME}/contents/no/such.json").status


def test_a_file_beyond_a_megabyte_comes_without_its_content(hub, world):
    hub.commit(world.repo, "main", {"repro.baseline.json": b"x" * ((1 << 20) + 1)})
    body = ask(hub, "GET", CONTENT).body
    assert ("none", "") == (body["encoding"], body["content"])


def test_a_folder_is_a_list(hub, world):
    hub.commit(world.repo, "main", {"a/b.json": b"1", "a/c/d.json": b"2"})
    assert [("a/b.json", "file"), ("a/c", "dir")] == [
        (one["path"], one["type"]) for one in ask(hub, "GET", f"{HOME}/contents/a").body
    ]


def test_a_file_is_written_with_the_sha_of_what_was_read(hub, world):
    sha = ask(hub, "GET", CONTENT).body["sha"]
    assert blob_sha(b"{}") == sha
    assert 200 == put(hub, sha=sha).status
    assert b"new" == world.repo.file("repro.baseline.json")


def test_a_stale_sha_is_a_conflict(hub, world):
    sha = blob_sha(b"{}")
    hub.commit(world.repo, "main", {"repro.baseline.json": b"theirs"})
    assert 409 == put(hub, sha=sha).status
    assert b"theirs" == world.repo.file("repro.baseline.json")


def test_a_write_without_a_sha_does_not_overwrite(hub, world):
    assert 422 == put(hub).status


def test_a_protected_branch_is_not_written(hub, world):
    world.repo.protected.add("main")
    assert 409 == put(hub, sha=blob_sha(b"{}")).status
    assert 200 == put(hub, sha=blob_sha(b"{}"), branch="topic").status


def test_a_workflow_is_not_written_without_its_permission(hub, world):
    body = {"message": "m", "content": ""}
    assert 403 == ask(hub, "PUT", f"{HOME}/contents/.github/workflows/x.yml", body).status


def test_content_that_is_not_base64_is_refused(hub, world):
    assert 422 == ask(hub, "PUT", f"{HOME}/contents/new", {"message": "m", "content": "???"}).status


# Runs, artifacts, checks


def test_runs_are_found_by_commit_and_event(hub, world):
    hub.run(world.repo, world.foreign.pull.head_sha, event="push")
    query = f"head_sha={world.own.pull.head_sha}&event=pull_request"
    body = ask(hub, "GET", f"{HOME}/actions/runs?{query}").body
    assert (1, [world.run.id]) == (body["total_count"], [one["id"] for one in body["workflow_runs"]])


def test_an_artifact_is_fetched_elsewhere_without_the_token(hub, world):
    (one,) = ask(hub, "GET", f"{HOME}/actions/runs/{world.run.id}/artifacts").body["artifacts"]
    reply = ask(hub, "GET", one["archive_download_url"].removeprefix(hub.url))
    assert 302 == reply.status
    with urllib.request.urlopen(reply.headers["location"], timeout=10) as response:
        data = response.read()
    assert b"{}" == zipfile.ZipFile(io.BytesIO(data)).read("report.json")
    assert world.artifact.digest == one["digest"]


def test_a_token_sent_along_to_the_store_is_a_violation(hub, world):
    location = ask(hub, "GET", f"{HOME}/actions/artifacts/{world.artifact.id}/zip").headers["location"]
    assert 200 == ask(hub, "GET", location.removeprefix(location.partition("/_blobs")[0])).status
    assert "the token was sent to the store" in hub.violations.pop()


def test_an_expired_artifact_is_gone(hub, world):
    world.artifact.expired = True
    assert 410 == ask(hub, "GET", f"{HOME}/actions/artifacts/{world.artifact.id}/zip").status


def test_annotations_of_a_check_add_up(hub, world):
    one = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [one] * 50}
    body = {"name": "repro", "head_sha": world.own.pull.head_sha, "output": output}
    check = ask(hub, "POST", f"{HOME}/check-runs", body).body
    path = f"{HOME}/check-runs/{check['id']}"
    updated = ask(hub, "PATCH", path, {"conclusion": "failure", "output": output}).body
    assert ("completed", 100) == (updated["status"], updated["output"]["annotations_count"])
    assert 100 == len(ask(hub, "GET", f"{path}/annotations?per_page=100").body)


def test_only_an_app_makes_a_check(hub, world):
    hub.token("person", user="alice", permissions=ALL, installation=False)
    body = {"name": "repro", "head_sha": world.own.pull.head_sha}
    assert 403 == ask(hub, "POST", f"{HOME}/check-runs", body, token="person").status


# Issues


def test_issues_are_found_by_label_and_state(hub, world):
    made = ask(hub, "POST", f"{HOME}/issues", {"title": "drift", "labels": ["repro"]}).body
    path = f"{HOME}/issues/{made['number']}"

    def found(query):
        return [one["number"] for one in ask(hub, "GET", f"{HOME}/issues?{query}").body]

    assert [made["number"]] == found("labels=repro")
    assert [3, 2, 1] == found("state=all")  # pull requests are issues
    assert "completed" == ask(hub, "PATCH", path, {"state": "closed"}).body["state_reason"]
    assert ([], [3]) == (found("labels=repro"), found("labels=repro&state=closed"))
    assert "repro" in world.repo.labels
