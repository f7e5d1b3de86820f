"""From a run to its pull request: by what GitHub says, never by what the run says."""

import pytest

from repro_action.sinks.github.resolve_run import Found, resolve


@pytest.fixture
def fork(hub, repo):
    made = hub.fork(repo, "mallory")
    hub.commit(made, "evil", {"x": b""})
    return made


@pytest.fixture
def foreign(hub, repo, fork):
    return hub.pull(repo, "evil", head_repo=fork)


def run_of(hub, forge, repo, source, branch, sha=None, **values):
    made = hub.run(repo, sha or source.branches[branch], head_branch=branch, head_repo=source, **values)
    return forge.run(made.id)


def test_a_branch_of_the_repository_is_found(hub, repo, pull, forge, asked):
    run = run_of(hub, forge, repo, repo, "topic")
    asked()
    found = resolve(forge, run)
    assert (Found.PULLS, [pull.number]) == (found.found, [one.number for one in found.pulls])
    assert ["GET pulls/list"] == asked()


def test_a_branch_of_a_fork_is_found(hub, repo, fork, foreign, forge):
    found = resolve(forge, run_of(hub, forge, repo, fork, "evil"))
    assert [foreign.number] == [one.number for one in found.pulls]


def test_a_branch_that_moved_on_is_superseded(hub, repo, fork, foreign, forge):
    run = run_of(hub, forge, repo, fork, "evil")
    hub.commit(fork, "evil", {"x": b"newer"})
    assert (Found.SUPERSEDED, ()) == (resolve(forge, run).found, resolve(forge, run).pulls)


def test_a_closed_pull_request_is_none(hub, repo, pull, forge):
    pull.state = "closed"
    assert Found.NONE is resolve(forge, run_of(hub, forge, repo, repo, "topic")).found


@pytest.mark.parametrize(
    "event", ["push", "schedule", "pull_request_target", "workflow_dispatch", "issue_comment"]
)
def test_a_run_of_another_event_is_none_and_costs_nothing(hub, repo, pull, forge, asked, event):
    run = run_of(hub, forge, repo, repo, "topic", event=event)
    asked()
    assert Found.OTHER_EVENT is resolve(forge, run).found
    assert [] == asked()


def test_a_fork_whose_branch_has_the_same_name_and_commit_is_not_taken_for_ours(hub, repo, pull, forge):
    """Mallory forks, keeps the branch and its commit, and runs a workflow of her own."""
    fork = hub.fork(repo, "mallory")
    run = run_of(hub, forge, repo, fork, "topic", repo.branches["topic"])
    assert Found.NONE is resolve(forge, run).found


def test_a_branch_that_is_gone_is_found_by_its_commit(hub, repo, pull, forge, asked):
    run = run_of(hub, forge, repo, repo, "renamed", repo.branches["topic"])
    asked()
    assert [pull.number] == [one.number for one in resolve(forge, run).pulls]
    assert ["GET pulls/list", "GET repos/list-pull-requests-associated-with-commit"] == asked()


def test_one_branch_proposed_to_two_bases_is_told_on_both(hub, repo, pull, forge):
    hub.commit(repo, "release", {"y": b""})
    other = hub.pull(repo, "topic", base="release")
    found = resolve(forge, run_of(hub, forge, repo, repo, "topic"))
    assert [pull.number, other.number] == [one.number for one in found.pulls]


def test_a_deleted_fork_is_none(hub, repo, fork, foreign, forge):
    run = run_of(hub, forge, repo, fork, "evil")
    foreign.pull.head_repo = None
    assert Found.NONE is resolve(forge, run).found


@pytest.mark.parametrize("branch", ["a b&state=all", "топик", "x/../y", "a#b?c=d", "head:evil", "%2e%2e"])
def test_names_of_branches_are_nothing_but_names(hub, repo, pull, forge, branch):
    hub.commit(repo, branch, {"x": b""})
    assert Found.NONE is resolve(forge, run_of(hub, forge, repo, repo, branch)).found
    made = hub.pull(repo, branch)
    assert [made.number] == [
        one.number for one in resolve(forge, run_of(hub, forge, repo, repo, branch)).pulls
    ]
