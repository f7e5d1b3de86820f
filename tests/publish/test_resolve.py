"""From a run to its pull request: by what GitHub says, never by what the run says."""

import pytest

from repro_action.sinks.github.resolve_run import RunMatch, resolve


def run_of(hub, host, repo, source, branch, sha=None, **values):
    made = hub.run(repo, sha or source.branches[branch], head_branch=branch, head_repo=source, **values)
    return host.run(made.id)


def test_a_branch_of_the_repository_is_found(hub, repo, pull, host, asked):
    run = run_of(hub, host, repo, repo, "topic")
    asked()
    found = resolve(host, run)
    assert (RunMatch.PULLS, [pull.number]) == (found.found, [one.number for one in found.pulls])
    assert ["GET pulls/list"] == asked()


def test_a_branch_of_a_fork_is_found(hub, repo, fork, foreign, host):
    found = resolve(host, run_of(hub, host, repo, fork, "evil"))
    assert [foreign.number] == [one.number for one in found.pulls]


def test_a_branch_that_moved_on_is_superseded(hub, repo, fork, foreign, host):
    run = run_of(hub, host, repo, fork, "evil")
    hub.commit(fork, "evil", {"x": b"newer"})
    assert (RunMatch.SUPERSEDED, ()) == (resolve(host, run).found, resolve(host, run).pulls)


def test_a_closed_pull_request_is_none(hub, repo, pull, host):
    pull.state = "closed"
    assert RunMatch.NONE is resolve(host, run_of(hub, host, repo, repo, "topic")).found


@pytest.mark.parametrize("event", ["push", "schedule", "pull_request_target", "issue_comment"])
def test_a_run_of_another_event_is_none_and_costs_nothing(hub, repo, pull, host, asked, event):
    run = run_of(hub, host, repo, repo, "topic", event=event)
    asked()
    assert RunMatch.OTHER_EVENT is resolve(host, run).found
    assert [] == asked()


def test_a_fork_whose_branch_has_the_same_name_and_commit_is_not_taken_for_ours(hub, repo, pull, host):
    """Mallory forks, keeps the branch and its commit, and runs a workflow of her own."""
    fork = hub.fork(repo, "mallory")
    run = run_of(hub, host, repo, fork, "topic", repo.branches["topic"])
    assert RunMatch.NONE is resolve(host, run).found


def test_a_branch_that_is_gone_is_found_by_its_commit(hub, repo, pull, host, asked):
    run = run_of(hub, host, repo, repo, "renamed", repo.branches["topic"])
    asked()
    assert [pull.number] == [one.number for one in resolve(host, run).pulls]
    assert ["GET pulls/list", "GET repos/list-pull-requests-associated-with-commit"] == asked()


def test_one_branch_proposed_to_two_bases_is_reported_on_both(hub, repo, pull, host):
    hub.commit(repo, "release", {"y": b""})
    other = hub.pull(repo, "topic", base="release")
    found = resolve(host, run_of(hub, host, repo, repo, "topic"))
    assert [pull.number, other.number] == [one.number for one in found.pulls]


def test_a_deleted_fork_is_none(hub, repo, fork, foreign, host):
    run = run_of(hub, host, repo, fork, "evil")
    foreign.pull.head_repo = None
    assert RunMatch.NONE is resolve(host, run).found


@pytest.mark.parametrize("branch", ["a b&state=all", "топик", "x/../y", "a#b?c=d", "head:evil", "%2e%2e"])
def test_names_of_branches_are_nothing_but_names(hub, repo, pull, host, branch):
    hub.commit(repo, branch, {"x": b""})
    assert RunMatch.NONE is resolve(host, run_of(hub, host, repo, repo, branch)).found
    made = hub.pull(repo, branch)
    assert [made.number] == [one.number for one in resolve(host, run_of(hub, host, repo, repo, branch)).pulls]
