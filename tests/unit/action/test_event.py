"""What started the workflow."""

import json

import pytest

from repro_action.action.event import read
from repro_action.errors import ConfigError

SHA, OTHER = "a" * 40, "b" * 40


def side(repository, ref="main", sha=SHA):
    return {"ref": ref, "sha": sha, "repo": repository and {"full_name": repository}}


def environ(tmp_path, name, payload, **more):
    path = tmp_path / "event.json"
    path.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
    table = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_REPOSITORY": "octo/models"}
    return {**table, "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2", **more}


def pull(**value):
    base = {"number": 3, "state": "open", "base": side("octo/models"), "head": side("eve/models", "x", OTHER)}
    return {"pull_request": {**base, **value}}


def test_a_pull_request_is_read_from_the_payload(tmp_path):
    event = read(environ(tmp_path, "pull_request", pull()))
    assert (3, "main", SHA, "x", OTHER) == (
        event.pull.number,
        event.pull.base_ref,
        event.pull.base_sha,
        event.pull.head_ref,
        event.pull.head_sha,
    )
    assert event.pull.from_fork
    assert (7, 2) == (event.run, event.attempt)
    assert "https://github.com/octo/models/actions/runs/7" == event.run_url


def test_a_head_whose_repository_is_gone_is_a_fork(tmp_path):
    event = read(environ(tmp_path, "pull_request", pull(head=side(None))))
    assert event.pull.from_fork
    assert "" == event.pull.head_repository


def test_an_enterprise_server_is_addressed_as_the_runner_says(tmp_path):
    names = {
        "GITHUB_SERVER_URL": "https://git.corp.example",
        "GITHUB_API_URL": "https://git.corp.example/api/v3",
    }
    event = read(environ(tmp_path, "push", {}, **names))
    assert "https://git.corp.example/api/v3" == event.api_url
    assert event.run_url.startswith("https://git.corp.example/octo/models/")


def test_a_comment_on_an_issue_has_no_pull_request(tmp_path):
    comment = {"id": 5, "user": {"login": "ada"}, "body": "/repro accept 0"}
    payload = {"action": "created", "comment": comment, "issue": {"number": 9}}
    assert read(environ(tmp_path, "issue_comment", payload)).comment.number is None
    payload["issue"]["pull_request"] = {}
    assert 9 == read(environ(tmp_path, "issue_comment", payload)).comment.number


@pytest.mark.parametrize(
    "payload",
    [
        "[]",
        "{",
        "[" * 100_000,
        {},
        pull(number="3"),
        pull(number=True),
        pull(base=side("octo/models", sha="main")),
        pull(base=side("octo/models/../..")),
        pull(base=[]),
    ],
)
def test_a_payload_that_github_would_not_write_is_refused(tmp_path, payload):
    with pytest.raises(ConfigError):
        read(environ(tmp_path, "pull_request", payload))


def test_a_repository_is_a_plain_name(tmp_path):
    with pytest.raises(ConfigError):
        read(environ(tmp_path, "push", {}, GITHUB_REPOSITORY="octo/models\n/x"))


def test_outside_a_runner_there_is_no_event():
    event = read({})
    assert ("", "", None) == (event.name, event.repository, event.pull)


def test_a_merge_group_starts_at_its_base(tmp_path):
    group = {"head_sha": SHA, "base_sha": OTHER, "base_ref": "refs/heads/main"}
    event = read(environ(tmp_path, "merge_group", {"merge_group": group}))
    assert (OTHER, "main") == (event.start.sha, event.start.ref)


def test_a_push_starts_at_what_the_branch_was_before(tmp_path):
    push = {"ref": "refs/heads/main", "before": OTHER, "after": SHA}
    event = read(environ(tmp_path, "push", push))
    assert (OTHER, "main before this push") == (event.start.sha, event.start.ref)
    assert read(environ(tmp_path, "push", {**push, "before": "0" * 40})).start is None


@pytest.mark.parametrize(
    ("name", "payload"),
    [("push", {"before": "main"}), ("merge_group", {}), ("merge_group", {"merge_group": {"base_sha": SHA}})],
)
def test_a_start_that_github_would_not_write_is_refused(tmp_path, name, payload):
    with pytest.raises(ConfigError):
        read(environ(tmp_path, name, payload))


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/heads/topic/x", ("topic/x", "main")),
        ("refs/heads/main", ("main", "")),
        ("refs/tags/v1", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_run_by_hand_is_for_a_branch(tmp_path, ref, expected):
    payload = {"repository": {"full_name": "octo/models", "default_branch": "main"}}
    event = read(environ(tmp_path, "workflow_dispatch", payload, GITHUB_REF=ref))
    assert expected == (event.branch, event.base_branch)


def test_other_events_are_for_no_branch(tmp_path):
    assert "" == read(environ(tmp_path, "schedule", {}, GITHUB_REF="refs/heads/main")).branch


@pytest.mark.parametrize(
    ("name", "ref", "payload", "trusted"),
    [
        ("push", "refs/heads/main", {"ref": "refs/heads/main", "before": OTHER}, True),
        ("schedule", "refs/heads/main", {}, True),
        ("workflow_dispatch", "refs/heads/main", {"ref": "refs/heads/main"}, True),
        ("workflow_dispatch", "refs/heads/main", {"ref": "main"}, True),
        ("push", "refs/heads/main", {"ref": "refs/heads/topic", "before": OTHER}, False),
        ("push", "refs/heads/topic", {"ref": "refs/heads/topic", "before": OTHER}, False),
        ("push", "refs/tags/main", {"ref": "refs/tags/main", "before": OTHER}, False),
        ("workflow_dispatch", "refs/heads/topic", {"ref": "refs/heads/topic"}, False),
        ("repository_dispatch", "refs/heads/main", {}, False),
        ("merge_group", "refs/heads/main", {"merge_group": {"base_sha": SHA, "base_ref": "main"}}, False),
        ("push", "", {}, False),
    ],
)
def test_the_default_branch_alone_is_trusted(tmp_path, name, ref, payload, trusted):
    whole = {**payload, "repository": {"full_name": "octo/models", "default_branch": "main"}}
    assert trusted == read(environ(tmp_path, name, whole, GITHUB_REF=ref)).trusted


def test_a_payload_without_the_repository_is_trusted_with_nothing(tmp_path):
    push = {"ref": "refs/heads/main", "before": OTHER}
    assert not read(environ(tmp_path, "push", push, GITHUB_REF="refs/heads/main")).trusted
