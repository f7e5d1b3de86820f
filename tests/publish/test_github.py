# SPDX-License-Identifier: Apache-2.0
"""The adapter to GitHub: what it asks, and how often."""

import re
from dataclasses import astuple

import pytest

from repro_action.sinks.github.port import (
    CodeHostError,
    Permission,
    Reaction,
)


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


def test_a_file_is_read_and_its_absence_too(repo, host):
    found = host.file("repro.baseline.json", "refs/heads/main")
    assert b"{}" == found.content
    assert host.file("other.json", "main") is None
    assert host.file("repro.baseline.json", "no-such-branch") is None


def test_a_folder_is_no_file(hub, repo, host):
    hub.commit(repo, "main", {"models/a/repro.toml": b""})
    with pytest.raises(CodeHostError, match="folder"):
        host.file("models", "main")


def put(host, repo, files, parent=None):
    return host.commit_files(files, branch="main", parent=parent or repo.branches["main"], message="Accept")


def test_files_are_written_in_one_commit(repo, host, asked):
    before = repo.branches["main"]
    made = put(host, repo, {"a/b.json": b"1", "repro.baseline.json": "ü".encode()})
    assert repo.branches["main"] == made
    assert ([before], "Accept") == (repo.commits[made].parents, repo.commits[made].message)
    assert {"a/b.json": b"1", "repro.baseline.json": "ü".encode()} == repo.commits[made].files
    assert 4 == len(asked())


def test_a_branch_that_moved_is_left_alone(hub, repo, host):
    before = repo.branches["main"]
    hub.commit(repo, "main", {"train.py": b"theirs"})
    after = repo.branches["main"]
    with pytest.raises(CodeHostError) as refused:
        put(host, repo, {"repro.baseline.json": b"x"}, before)
    assert 422 == refused.value.status
    assert after == repo.branches["main"]


@pytest.mark.parametrize("kind", ["bad_gateway", "drop", "truncate", "garbage"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["git/trees", "git/commits", "git/refs"])
def test_a_commit_that_nobody_knows_of_is_on_the_branch_once(hub, repo, host, kind, when, path):
    before = repo.branches["main"]
    hub.fault(kind, path=path, when=when)
    made = put(host, repo, {"repro.baseline.json": b"new"})
    assert repo.branches["main"] == made
    assert [before] == repo.commits[made].parents


def test_changes_are_those_since_two_commits_were_the_same(hub, repo, host):
    start = repo.branches["main"]
    assert (frozenset(), True, True) == astuple(host.changes(start, "refs/heads/main"))
    hub.commit(repo, "topic", {"a": b"1", "b": b"2"})
    hub.commit(repo, "main", {"c": b"3"})
    assert (frozenset({"a", "b"}), True, False) == astuple(
        host.changes("refs/heads/main", "refs/heads/topic")
    )
    assert (frozenset({"c"}), True, True) == astuple(host.changes(start, "refs/heads/main"))


def test_a_workflow_is_started_where_it_can_be(repo, host, connect):
    assert not host.start_workflow("repro.yml", branch="main")
    repo.dispatchable.add("repro.yml")
    assert host.start_workflow("repro.yml", branch="main")
    assert [("repro.yml", "main")] == repo.dispatched
    weak = connect(repo, token="weak", permissions={"contents": "write"})
    assert not weak.start_workflow("repro.yml", branch="main")


def test_issues_are_listed_without_pull_requests_and_without_asking_for_each(hub, repo, host, asked):
    labelled = hub.pull(repo, "main", user="alice")
    labelled.labels.append("repro-action")
    made = host.create_issue(title="It broke", body="text", label="repro-action")
    assert (made,) == host.issues("repro-action")
    assert ["POST issues/create", "GET issues/list-for-repo"] == asked()
    closed = host.update_issue(made.number, body="better", close=True)
    assert (False, "better") == (closed.open, closed.body)
    assert () == host.issues("repro-action")
