# SPDX-License-Identifier: Apache-2.0
"""The adapter when GitHub fails or refuses: what is repeated, how it waits, what it says, and that no token shows."""

import logging
import re
import time

import pytest
from publish.tokens import TOKEN

from repro_action.sinks.github.adapter import GitHub
from repro_action.sinks.github.port import (
    CodeHostError,
    NotPermitted,
    Uncertain,
)
from repro_action.sinks.github.retry import ALL, Repeat, RetryBounds

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
    (waited,) = waits
    assert round(waited) in {30, 31}


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
        (lambda host, _: host.create_comment(1, "x"), "pull-requests: write"),
        (lambda host, _: host.pull(1), "pull-requests: read"),
        (lambda host, _: host.artifacts(1), "actions: read"),
        (lambda host, _: host.create_issue(title="t", body="b", label="l"), "issues: write"),
        (lambda host, _: host.issues("l"), "issues: read"),
        (
            lambda host, repo: host.commit_files(
                {"a": b""}, branch="main", parent=repo.branches["main"], message="m"
            ),
            "contents: write",
        ),
    ],
)
def test_a_missing_permission_is_named(repo, pull, connect, call, permission):
    host = connect(repo, token="weak", permissions={"contents": "read"})
    with pytest.raises(NotPermitted) as refused:
        call(host, repo)
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


def test_a_token_that_github_does_not_know_is_reported(hub, repo, pull):
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
    items = []
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
            items.append(f"{error} {error!r} {error.__cause__!r}")
        hub.no_faults()
    assert 9 == len(items)
    captured = capfd.readouterr()
    text = "\n".join([*items, caplog.text, captured.out, captured.err, repr(host), repr(vars(host))])
    assert "PyGithub" in text or "POST" in text
    assert TOKEN not in text


def test_nothing_sleeps_between_requests(host, pull, monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)  # PyGithub's own pauses
    for _ in range(3):
        host.create_comment(pull.number, "x")
    assert [] == [seconds for seconds in slept if seconds > 0]
