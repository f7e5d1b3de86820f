"""What GitHub's description does not know is refused, and fails the test that sent it."""

from __future__ import annotations

import pytest
from loopback.asking import ask
from loopback.hub import Hub
from loopback.state import State
from world import HOME

COMMENTS = f"{HOME}/issues/1/comments"


def refused(hub: Hub, status: int, text: str, *request, **more) -> None:
    """The request gets the status, and the one violation says the text."""
    assert status == ask(hub, *request, **more).status
    (violation,) = hub.violations
    assert text in violation
    with pytest.raises(AssertionError, match="not kept to"):
        hub.check()
    hub.violations.clear()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nope"),
        ("GET", f"{HOME}/comments/1/2"),
        ("PUT", f"{HOME}/issues/1"),
        ("GET", f"{HOME}//issues"),
    ],
)
def test_an_operation_that_github_does_not_describe_is_refused(hub, world, method, path):
    refused(hub, 404, "no such operation", method, path)


def test_an_operation_that_is_described_but_not_served_says_so(hub, world):
    refused(hub, 501, "write its handler", "GET", f"{HOME}/forks")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("perpage=3", "has no query parameter 'perpage'"),
        ("per_page=many", "'many' is not of type 'integer'"),
        ("page=1&page=2", "given twice"),
        ("since=yesterday", "is not a 'date-time'"),
    ],
)
def test_a_query_that_github_does_not_describe_is_refused(hub, world, query, text):
    refused(hub, 400, text, "GET", f"{COMMENTS}?{query}")


def test_a_path_parameter_of_the_wrong_type_is_refused(hub, world):
    refused(hub, 400, "'one' is not of type 'integer'", "GET", f"{HOME}/pulls/one")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"body": "x", "boddy": 1}, "$.boddy is not a known property"),
        ({"body": None}, "None is not of type 'string'"),
        ({}, "'body' is a required property"),
        (b"{", "the body is not JSON"),
        (None, "needs a body"),
    ],
)
def test_a_body_that_breaks_the_schema_is_refused(hub, world, body, text):
    refused(hub, 422, text, "POST", COMMENTS, body)


def test_an_unknown_property_deep_in_a_body_is_refused(hub, world):
    output = {"title": "t", "summary": "s", "summry": "s"}
    body = {"name": "repro", "head_sha": world.own.pull.head_sha, "output": output}
    refused(hub, 422, "$.output.summry is not a known property", "POST", f"{HOME}/check-runs", body)


def test_more_annotations_than_fit_one_request_are_refused(hub, world):
    one = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [one] * 51}
    body = {"name": "repro", "head_sha": world.own.pull.head_sha, "output": output}
    refused(hub, 422, "$.output.annotations", "POST", f"{HOME}/check-runs", body)


def test_a_body_where_there_must_be_none_is_refused(hub, world):
    refused(hub, 422, "takes no body", "GET", COMMENTS, {"body": "x"})


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"User-Agent": ""}, "no User-Agent"),
        ({"Accept": "text/html"}, "is not a type that GitHub gives"),
        ({"X-GitHub-Api-Version": "2020-01-01"}, "X-GitHub-Api-Version"),
    ],
)
def test_a_header_that_github_refuses_is_refused(hub, world, headers, text):
    refused(hub, 400, text, "GET", COMMENTS, headers=headers)


def test_a_body_of_another_type_is_refused(hub, world):
    headers = {"Content-Type": "text/plain"}
    refused(hub, 422, "not application/json", "POST", COMMENTS, {"body": "x"}, headers=headers)


def test_a_request_without_a_token_is_refused(hub, world):
    refused(hub, 401, "no Authorization", "GET", COMMENTS, token=None)


def test_a_token_that_nobody_gave_is_no_violation(hub, world):
    assert (401, "Bad credentials") == (
        (reply := ask(hub, "GET", COMMENTS, token="x")).status,
        reply.body["message"],
    )


def test_an_answer_of_ours_that_breaks_the_schema_is_a_violation(hub, world):
    hub.comment(world.repo, 1, "x").created_at = "yesterday"
    ask(hub, "GET", COMMENTS)
    assert "our answer 200" in hub.violations.pop()


def test_what_was_valid_once_is_not_taken_for_valid_when_it_changes(hub, world):
    comment = hub.comment(world.repo, 1, "x")
    ask(hub, "GET", COMMENTS)
    comment.body = 3
    ask(hub, "GET", COMMENTS)
    assert "3 is not of type 'string'" in hub.violations.pop()


def test_a_fault_of_a_user_deep_in_an_answer_is_seen(hub, world):
    hub.service.state.user("bob").id = "seven"
    hub.comment(world.repo, 1, "x", user="bob")
    ask(hub, "GET", COMMENTS)
    assert "user.id: 'seven' is not of type 'integer'" in hub.violations.pop()


def test_the_most_literal_template_wins(hub):
    def name(path: str) -> str:
        return hub.service.description.match("GET", path).operation.id

    assert "repos/list-pull-requests-associated-with-commit" == name("/repos/o/r/commits/abc/pulls")
    assert "repos/get-commit" == name("/repos/o/r/commits/heads/a/b")
    assert "repos/get-content" == name("/repos/o/r/contents/a/b/c.json")


def test_only_the_query_for_the_viewer_is_known_of_graphql(hub, world):
    asked = ask(hub, "POST", "/graphql", {"query": "query { viewer { login } }"})
    assert {"data": {"viewer": {"login": "github-actions[bot]"}}} == asked.body
    refused(hub, 200, "not the one known query", "POST", "/graphql", {"query": "{viewer{email}}"})


def test_the_clock_counts_writes():
    state = State()
    assert ["2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"] == [state.now(), state.now()]
