"""The adapter: what it asks, how often, how it waits, and what it says when it is refused."""

import logging
import re
import time

import pytest

from repro_action.sinks.github.adapter import GitHub
from repro_action.sinks.github.download import allowed
from repro_action.sinks.github.port import (
    CodeHostError,
    Missing,
    NotPermitted,
    Permission,
    Reaction,
    Uncertain,
    WorkflowRun,
)
from repro_action.sinks.github.retry import ALL, Repeat, RetryBounds

TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.fixture
def comment(hub, repo, pull):
    return hub.comment(repo, pull.number, "text")


def test_a_list_is_read_over_all_pages_the_oldest_first(hub, repo, pull, host, asked):
    for number in range(201):
        hub.comment(repo, pull.number, f"{number}", user="alice")
    found = host.comments(pull.number)
    assert [str(number) for number in range(201)] == [one.body for one in found]
    assert {"alice"} == {one.author for one in found}
    assert ["GET issues/list-comments"] * 3 == asked()
    assert {"per_page=100"} == {re.search(r"per_page=\d+", one.query).group() for one in hub.requests}


def test_a_list_that_breaks_goes_on_at_the_page_where_it_broke(hub, repo, pull, host, asked):
    for number in range(201):
        hub.comment(repo, pull.number, f"{number}", user="alice")
    pages = []
    real = hub.service._fault

    def second_page_fails_once(incoming):
        pages.append(re.search(r"\bpage=(\d+)", incoming.query))
        if len(pages) == 2:
            hub.fault("truncate")
        return real(incoming)

    hub.service._fault = second_page_fails_once
    assert 201 == len(host.comments(pull.number))
    assert [None, "2", "2", "3"] == [found and found.group(1) for found in pages]


def test_nothing_is_asked_before_it_is_needed(hub, host):
    assert "octo/model" == host.repository
    assert [] == hub.requests


def test_who_the_token_is_is_asked_once(host, asked):
    assert ["github-actions[bot]"] * 2 == [host.viewer(), host.viewer()]
    assert ["POST graphql"] == asked()


@pytest.mark.parametrize("hub", ["/api/v3"], indirect=True)
def test_an_enterprise_server_has_its_own_addresses(hub, repo, pull, host, asked):
    host.create_comment(pull.number, "x")
    assert "github-actions[bot]" == host.viewer()
    assert ["text"] != [one.body for one in host.comments(pull.number)]
    assert ["POST issues/create-comment", "GET issues/list-comments"] == asked()


@pytest.mark.parametrize("hub", ["/api/v3"], indirect=True)
def test_an_enterprise_server_has_its_own_graphql(host, asked):
    assert "github-actions[bot]" == host.viewer()
    assert ["POST graphql"] == asked()


def test_every_write_is_one_request(hub, repo, pull, host, comment, asked):
    made = host.create_comment(pull.number, "one")
    assert ("one", "github-actions[bot]") == (made.body, made.author)
    assert "two" == host.update_comment(made.id, "two").body
    host.react(made.id, Reaction.DONE)
    host.delete_comment(made.id)
    assert [
        "POST issues/create-comment",
        "PATCH issues/update-comment",
        "POST reactions/create-for-issue-comment",
        "DELETE issues/delete-comment",
    ] == asked()
    assert [comment] == hub.comments(repo, pull.number)


def test_a_comment_that_is_gone_is_removed_already(host):
    host.delete_comment(4711)


def test_a_reaction_is_repeated_without_harm(hub, repo, host, comment):
    hub.fault("bad_gateway", method="POST", when="after", count=2)
    host.react(comment.id, Reaction.SEEN)
    assert ["eyes"] == [content for _, _, content in comment.reactions]


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("alice", Permission.WRITE),
        ("octo", Permission.ADMIN),
        ("carol", Permission.NONE),
        ("nobody-at-all", Permission.NONE),
        ("../../octo", Permission.NONE),
    ],
)
def test_what_an_account_may_do_is_asked(hub, repo, host, login, expected):
    hub.service.state.user("carol")
    assert expected is host.permission(login)
    assert (login in {"alice", "octo"}) is expected.writes


def test_pull_requests_are_read_alone_by_branch_and_by_commit(hub, repo, pull, host, asked):
    fork = hub.fork(repo, "mallory")
    hub.commit(fork, "topic", {"x": b""})
    foreign = hub.pull(repo, "topic", head_repo=fork)
    mine, theirs = host.pull(pull.number), host.pull(foreign.number)
    assert ("octo/model", "topic", False, True) == (
        mine.head_repository,
        mine.head_ref,
        mine.from_fork,
        mine.open,
    )
    assert ("mallory/model", True) == (theirs.head_repository, theirs.from_fork)
    assert (mine,) == host.pulls_from("octo", "topic")
    assert (theirs,) == host.pulls_from("mallory", "topic")
    assert (mine,) == host.pulls_of(mine.head_sha)
    assert () == host.pulls_of("0" * 40)
    assert 6 == len(asked())


def test_a_deleted_fork_has_no_name(hub, repo, host):
    fork = hub.fork(repo, "mallory")
    hub.commit(fork, "evil", {"x": b""})
    foreign = hub.pull(repo, "evil", head_repo=fork)
    foreign.pull.head_repo = None
    found = host.pull(foreign.number)
    assert ("", True) == (found.head_repository, found.from_fork)


def test_a_run_and_its_artifacts_are_read(hub, repo, host, asked):
    sha = hub.commit(repo, "topic", {"x": b""})
    run = hub.run(repo, sha)
    kept = hub.artifact(repo, run, "repro-report", b"zip")
    assert host.run(run.id) == WorkflowRun(
        id=run.id,
        event="pull_request",
        head_sha=sha,
        head_repository="octo/model",
        head_branch="topic",
        path=".github/workflows/repro.yml",
    )
    assert [(kept.id, "repro-report", 3, False, run.id)] == [
        (one.id, one.name, one.size, one.expired, one.run_id) for one in host.artifacts(run.id)
    ]
    assert ["GET actions/get-workflow-run", "GET actions/list-workflow-run-artifacts"] == asked()


def test_an_artifact_is_fetched_without_the_token(hub, repo, host, asked):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 200_000)
    assert b"z" * 200_000 == host.artifact(kept.id, limit=200_000)
    assert ["GET actions/download-artifact", "GET blob"] == asked()
    assert [TOKEN, None] == [one.token for one in hub.requests]  # the server also refuses one at the store


def test_an_artifact_beyond_the_bound_is_not_read_to_its_end(hub, repo, host):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 200_000)
    with pytest.raises(CodeHostError, match="more than 199,999 bytes"):
        host.artifact(kept.id, limit=199_999)


@pytest.mark.parametrize("kind", ["truncate", "drop", "error", "bad_gateway"])
def test_an_artifact_whose_store_fails_is_fetched_again_by_a_new_address(hub, repo, host, kind, asked):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z" * 100)
    hub.fault(kind, path="_blobs", count=2)
    assert b"z" * 100 == host.artifact(kept.id, limit=100)
    assert ["GET actions/download-artifact", "GET blob"] * 3 == asked()


def test_an_expired_artifact_is_missing(hub, repo, host):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z")
    kept.expired = True
    with pytest.raises(Missing):
        host.artifact(kept.id, limit=100)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "//example.org",
        "https://user:secret@example.org/",
    ],
)
def test_an_artifact_that_leads_elsewhere_is_not_followed(hub, repo, host, address):
    run = hub.run(repo, hub.commit(repo, "topic", {"x": b""}))
    kept = hub.artifact(repo, run, "repro-report", b"z")
    hub.service.blobs = address
    with pytest.raises(CodeHostError, match="leads elsewhere") as refused:
        host.artifact(kept.id, limit=100)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://store.example.org/x", True),
        ("https://api.example.org/x", True),
        ("http://store.example.org/x", False),
        ("http://localhost/x", False),
        ("https://[oops", False),
        ("https:///x", False),
        ("https://a@store.example.org/x", False),
    ],
)
def test_only_https_is_followed(address, expected):
    assert expected is allowed(address, "https://api.example.org")


def test_a_file_is_read_and_its_absence_too(repo, host):
    found = host.file("repro.baseline.json", "refs/heads/main")
    assert b"{}" == found.content
    assert host.file("other.json", "main") is None
    assert host.file("repro.baseline.json", "no-such-branch") is None


def test_a_folder_is_no_file(hub, repo, host):
    hub.commit(repo, "main", {"models/a/repro.toml": b""})
    with pytest.raises(CodeHostError, match="folder"):
        host.file("models", "main")


def test_a_file_is_written_and_replaced(repo, host, asked):
    first = host.write_file("a/b.json", branch="main", content=b"1", replaces="", message="one")
    held = host.file("a/b.json", "main")
    second = host.write_file("a/b.json", branch="main", content=b"2", replaces=held.sha, message="two")
    assert repo.branches["main"] == second
    assert [first] == repo.commits[second].parents
    assert ("two", b"2") == (repo.commits[second].message, repo.file("a/b.json"))
    assert 3 == len(asked())


def test_a_file_that_changed_meanwhile_is_not_replaced(hub, repo, host):
    held = host.file("repro.baseline.json", "main")
    hub.commit(repo, "main", {"repro.baseline.json": b"theirs"})
    with pytest.raises(CodeHostError) as refused:
        host.write_file("repro.baseline.json", branch="main", content=b"x", replaces=held.sha, message="m")
    assert 409 == refused.value.status
    assert b"theirs" == repo.file("repro.baseline.json")


@pytest.mark.parametrize("kind", ["bad_gateway", "drop", "truncate", "garbage"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_that_nobody_knows_of_is_made_once(hub, repo, host, kind, when):
    held = host.file("repro.baseline.json", "main")
    hub.fault(kind, method="PUT", when=when)
    made = host.write_file(
        "repro.baseline.json", branch="main", content=b"new", replaces=held.sha, message="m"
    )
    assert repo.branches["main"] == made
    assert ["m"] == [one.message for one in repo.commits.values() if one.message == "m"]


def test_issues_are_listed_without_pull_requests_and_without_asking_for_each(hub, repo, host, asked):
    labelled = hub.pull(repo, "main", user="alice")
    labelled.labels.append("repro-action")
    made = host.create_issue(title="It broke", body="text", label="repro-action")
    assert (made,) == host.issues("repro-action")
    assert ["POST issues/create", "GET issues/list-for-repo"] == asked()
    closed = host.update_issue(made.number, body="better", close=True)
    assert (False, "better") == (closed.open, closed.body)
    assert () == host.issues("repro-action")


# What goes wrong


@pytest.mark.parametrize("kind", ["error", "bad_gateway", "unavailable", "drop", "truncate", "garbage"])
def test_a_read_is_repeated_three_times_and_then_an_error(hub, pull, host, kind, asked, waits):
    hub.fault(kind, count=3)
    assert () == host.comments(pull.number)
    assert [1.0, 2.0, 4.0] == waits
    asked()
    hub.fault(kind, count=9)
    with pytest.raises(CodeHostError) as failed:
        host.comments(pull.number)
    assert not isinstance(failed.value, Uncertain)
    assert 4 == len(asked())


@pytest.mark.parametrize("kind", ["error", "bad_gateway", "unavailable", "drop", "truncate", "garbage"])
def test_a_create_is_never_repeated(hub, pull, host, kind, asked):
    hub.fault(kind, method="POST")
    with pytest.raises(Uncertain):
        host.create_comment(pull.number, "x")
    assert 1 == len(asked())


@pytest.mark.parametrize("kind", ["secondary", "too_many", "primary"])
def test_what_was_refused_for_its_rate_is_repeated_after_the_wait(hub, pull, repo, host, kind, waits):
    hub.fault(kind, method="POST", seconds=30)
    host.create_comment(pull.number, "x")
    assert 1 == len(hub.comments(repo, pull.number))
    assert [30] == [round(seconds) for seconds in waits] or [31] == [round(seconds) for seconds in waits]


@pytest.mark.parametrize("kind", ["secondary", "too_many", "primary"])
def test_a_wait_beyond_a_minute_is_an_error_that_says_when(hub, pull, host, kind, waits):
    hub.fault(kind, seconds=3000)
    with pytest.raises(CodeHostError) as refused:
        host.comments(pull.number)
    assert [] == waits
    assert re.search(r"limit ends at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", refused.value.why)


def test_waits_are_bounded_together(hub, pull, host, waits):
    hub.fault("secondary", seconds=50, count=9)
    with pytest.raises(CodeHostError):
        host.comments(pull.number)
    assert [50, 50] == waits


def test_no_answer_in_time_is_no_answer(hub, repo, pull, connect, asked):
    host = connect(repo, timeout=1)
    hub.fault("slow", method="POST", seconds=1.5, when="after")
    with pytest.raises(Uncertain, match="did not answer"):
        host.create_comment(pull.number, "x")
    assert 1 == len(asked())


def test_all_requests_together_are_bounded():
    now = [0.0]

    def slow():
        now[0] += 100
        raise Uncertain("no answer")

    bounds = RetryBounds(sleep=lambda seconds: None, clock=lambda: now[0])
    for _ in range(2):
        with pytest.raises(CodeHostError):
            bounds.ask(slow, Repeat.READ)
    assert now[0] <= ALL + 200
    with pytest.raises(CodeHostError, match="seconds in all"):
        bounds.ask(lambda: 1, Repeat.READ)


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (lambda host: host.create_comment(1, "x"), "pull-requests: write"),
        (lambda host: host.pull(1), "pull-requests: read"),
        (lambda host: host.artifacts(1), "actions: read"),
        (lambda host: host.create_issue(title="t", body="b", label="l"), "issues: write"),
        (lambda host: host.issues("l"), "issues: read"),
        (
            lambda host: host.write_file("a", branch="main", content=b"", replaces="", message="m"),
            "contents: write",
        ),
    ],
)
def test_a_missing_permission_is_named(repo, pull, connect, call, permission):
    host = connect(repo, token="weak", permissions={})
    with pytest.raises(NotPermitted) as refused:
        call(host)
    lines = refused.value.remedy.splitlines()
    assert "permissions:" in lines
    assert f"  {permission}" in lines
    assert 403 == refused.value.status


def test_githubs_own_word_on_the_permission_counts_where_ours_is_none_of_it(repo, pull, connect):
    # Comments of a plain issue need `issues`; we ask for pull requests, and its answer names both.
    host = connect(repo, token="weak", permissions={})
    with pytest.raises(NotPermitted) as refused:
        host.pulls_of(pull.pull.head_sha)
    assert "  contents: read\n  pull-requests: read" in refused.value.remedy


def test_a_token_that_github_does_not_know_is_told_so(hub, repo, pull):
    host = GitHub(repo.full_name, token="unknown-secret", api_url=hub.url)
    with pytest.raises(CodeHostError, match="does not accept the token") as refused:
        host.comments(pull.number)
    assert 401 == refused.value.status
    assert "unknown-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"token": ""}, "no token"),
        ({"token": "ghs_secret\nX-Evil: 1"}, "characters that no"),
        ({"repository": "model"}, "repository"),
        ({"repository": "octo/../x"}, "repository"),
        ({"api_url": "http://api.example.org"}, "https"),
        ({"api_url": "ftp://x"}, "https"),
        ({"api_url": "https://[oops"}, "https"),
    ],
)
def test_arguments_that_cannot_be_right_are_refused_without_showing_the_token(changes, what):
    values = {"repository": "octo/model", "token": TOKEN, "api_url": "https://api.github.com", **changes}
    with pytest.raises(CodeHostError, match=what) as refused:
        GitHub(values["repository"], token=values["token"], api_url=values["api_url"])
    assert "secret" not in str(refused.value)


def test_the_token_is_in_no_log_no_message_and_no_repr(hub, repo, pull, connect, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    host = connect(repo)
    run = hub.run(repo, pull.pull.head_sha)
    kept = hub.artifact(repo, run, "repro-report", b"z")
    told = []
    host.artifact(kept.id, limit=10)
    for kind in (
        "forbidden",
        "not_found",
        "invalid",
        "too_many",
        "primary",
        "error",
        "drop",
        "truncate",
        "garbage",
    ):
        hub.fault(kind, count=9, seconds=100)
        try:
            host.create_comment(pull.number, "x")
        except CodeHostError as error:
            told.append(f"{error} {error!r} {error.__cause__!r}")
        hub.no_faults()
    assert 9 == len(told)
    captured = capfd.readouterr()
    text = "\n".join([*told, caplog.text, captured.out, captured.err, repr(host), repr(vars(host))])
    assert "PyGithub" in text or "POST" in text
    assert TOKEN not in text


def test_nothing_sleeps_between_requests(host, pull, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)  # PyGithub's own pauses
    for _ in range(3):
        host.create_comment(pull.number, "x")
    assert [] == [seconds for seconds in slept if seconds > 0]
