"""The server does what GitHub does: permissions, limits, pages."""

from __future__ import annotations

import re
import time

import pytest
from loopback.asking import ask
from world import HOME

COMMENTS = f"{HOME}/issues/1/comments"
CONTENT = f"{HOME}/contents/repro.baseline.json"


# Permissions


@pytest.mark.parametrize(
    ("method", "path", "body", "accepted"),
    [
        ("POST", COMMENTS, {"body": "x"}, "issues=write; pull_requests=write"),
        ("GET", f"{HOME}/pulls/1", None, "pull_requests=read"),
        ("PUT", CONTENT, {"message": "m", "content": ""}, "contents=write"),
        ("GET", f"{HOME}/actions/runs", None, "actions=read"),
    ],
)
def test_a_token_without_the_permission_is_shown_which_it_lacks(hub, world, method, path, body, accepted):
    hub.token("weak")
    reply = ask(hub, method, path, body, token="weak")
    assert (403, "Resource not accessible by integration") == (reply.status, reply.body["message"])
    assert accepted == reply.headers["x-accepted-github-permissions"]


def test_a_read_permission_does_not_write(hub, world):
    hub.token("reader", permissions={"pull_requests": "read"})
    assert 200 == ask(hub, "GET", COMMENTS, token="reader").status
    assert 403 == ask(hub, "POST", COMMENTS, {"body": "x"}, token="reader").status


def test_permission_for_pull_requests_is_none_for_issues(hub, world):
    hub.token("pulls", permissions={"pull_requests": "write"})
    number = hub.issue(world.repo, "a bug").number
    assert 201 == ask(hub, "POST", COMMENTS, {"body": "x"}, token="pulls").status
    assert 403 == ask(hub, "POST", f"{HOME}/issues/{number}/comments", {"body": "x"}, token="pulls").status


def test_everybody_reads_a_public_repository(hub, world):
    world.repo.private = False
    hub.token("weak")
    assert 200 == ask(hub, "GET", COMMENTS, token="weak").status
    assert 403 == ask(hub, "POST", COMMENTS, {"body": "x"}, token="weak").status


def test_an_installation_is_no_user_and_a_person_is(hub, world):
    hub.token("person", user="alice", installation=False)
    assert 403 == ask(hub, "GET", "/user").status
    assert "alice" == ask(hub, "GET", "/user", token="person").body["login"]


def test_a_repository_that_is_not_there_is_not_found(hub, world):
    assert 404 == ask(hub, "GET", "/repos/octo/nothing").status


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [("octo", "admin", "admin"), ("alice", "write", "maintain"), ("mallory", "none", "none")],
)
def test_maintain_is_reported_as_write(hub, world, login, permission, role):
    body = ask(hub, "GET", f"{HOME}/collaborators/{login}/permission").body
    assert (permission, role) == (body["permission"], body["role_name"])


# Comments and pages


def test_a_comment_beyond_the_limit_is_refused(hub, world):
    assert 201 == ask(hub, "POST", COMMENTS, {"body": "é" * 65536}).status
    reply = ask(hub, "POST", COMMENTS, {"body": "é" * 65537})
    (error,) = reply.body["errors"]
    assert (422, "Validation Failed") == (reply.status, reply.body["message"])
    assert "Body is too long (maximum is 65536 characters)" == error["message"]
    assert 1 == len(hub.comments(world.repo, 1))


def test_an_edit_beyond_the_limit_is_refused(hub, world):
    comment = hub.comment(world.repo, 1, "x")
    assert 422 == ask(hub, "PATCH", f"{HOME}/issues/comments/{comment.id}", {"body": "x" * 65537}).status
    assert "x" == comment.body


def test_an_empty_comment_is_refused(hub, world):
    assert 422 == ask(hub, "POST", COMMENTS, {"body": " \n"}).status


def test_a_deleted_comment_is_gone(hub, world):
    path = f"{HOME}/issues/comments/{hub.comment(world.repo, 1, 'x').id}"
    assert [200, 204, 404, 404] == [
        ask(hub, method, path).status for method in ("GET", "DELETE", "GET", "DELETE")
    ]


def test_the_same_reaction_twice_is_one(hub, world):
    comment = hub.comment(world.repo, 1, "x")
    path = f"{HOME}/issues/comments/{comment.id}/reactions"
    assert [201, 200, 201] == [
        ask(hub, "POST", path, {"content": c}).status for c in ("eyes", "eyes", "rocket")
    ]
    assert 2 == len(comment.reactions)


@pytest.mark.parametrize(
    ("query", "sizes"), [("", [30, 30, 10]), ("per_page=50", [50, 20]), ("per_page=500", [70])]
)
def test_pages_lead_to_each_other_and_hold_at_most_a_hundred(hub, world, query, sizes):
    made = [hub.comment(world.repo, 1, str(number)).id for number in range(70)]
    url, seen, found = f"{COMMENTS}?{query}".rstrip("?"), [], []
    while url:
        reply = ask(hub, "GET", url)
        seen.append(len(reply.body))
        found += [one["id"] for one in reply.body]
        following = re.search(r'<([^>]*)>; rel="next"', reply.headers.get("link", ""))
        url = following[1].removeprefix(hub.url) if following else None
    assert (sizes, made) == (seen, found)


def test_a_page_says_where_it_stands(hub, world):
    for number in range(9):
        hub.comment(world.repo, 1, str(number))
    link = ask(hub, "GET", f"{COMMENTS}?per_page=3&page=2").headers["link"]
    pages = dict(re.findall(r'page=(\d+)>; rel="(\w+)"', link))
    assert {"1": "first", "3": "last"} == pages
    assert {"prev", "next", "last", "first"} == set(re.findall(r'rel="(\w+)"', link))
    assert [] == ask(hub, "GET", f"{COMMENTS}?page=9").body


# The server


@pytest.mark.parametrize("hub", ["/api/v3"], indirect=True)
def test_an_enterprise_server_has_a_base_path(hub, world):
    assert hub.url.endswith("/api/v3")
    assert hub.graphql_url.endswith("/api/graphql")
    body = ask(hub, "GET", f"{HOME}/pulls/1").body
    assert f"{hub.url}{HOME}/pulls/1" == body["url"]


def test_the_log_has_every_request(hub, world):
    ask(hub, "GET", f"{HOME}/issues?state=all")
    (one,) = hub.requests
    assert ("GET", f"{HOME}/issues", "state=all", 200, "t", "issues/list-for-repo") == (
        one.method, one.path, one.query, one.status, one.token, one.operation,
    )  # fmt: skip


def test_a_checked_request_costs_little_of_the_processor(hub, world):
    ask(hub, "POST", COMMENTS, {"body": "first"})
    start = time.process_time()
    for number in range(100):
        ask(hub, "POST", COMMENTS, {"body": str(number)})
    assert (time.process_time() - start) / 100 < 0.05  # seconds; 0.005 as measured
