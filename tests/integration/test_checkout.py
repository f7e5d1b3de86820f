"""The commit that a change starts from."""

import os
import subprocess
from dataclasses import replace

import pytest
from publish.bundles import entry

from repro_action.action.checkout import BaseCommit, at_hand, base_of, fetch, merged_into
from repro_action.action.event import Event, StartCommit
from repro_action.history import History
from repro_action.report.model import Comparison, Side
from repro_action.report.render.markdown.commands import reproduce
from repro_action.sinks.github.port import PullRequest

EVENT = Event(name="push", repository="o/r", sha="", run=1, attempt=1, api_url="", run_url="")
NAMES = {
    f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def git(folder, *arguments):
    command = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, name):
    (folder / name).write_text(name, encoding="utf-8")
    git(folder, "add", name)
    git(folder, "commit", "-qm", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def upstream(tmp_path):
    """A base branch that moved on after the branch was made, and the merge that GitHub makes of both."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    git(folder, "init", "-qb", "main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    old = commit(folder, "old")
    git(folder, "checkout", "-qb", "topic")
    head = commit(folder, "change")
    git(folder, "checkout", "-q", "main")
    new = commit(folder, "new")
    git(folder, "checkout", "-qb", "merge", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "topic")
    return folder, old, head, new


def shallow(tmp_path, folder, branch="merge"):
    git(tmp_path, "clone", "-q", "--depth=1", "--branch", branch, folder.as_uri(), "clone")
    return tmp_path / "clone"


def event(base, head):
    pull = PullRequest(
        number=1,
        open=True,
        base_repository="o/r",
        base_ref="main",
        base_sha=base,
        head_repository="o/r",
        head_ref="topic",
        head_sha=head,
    )
    return replace(EVENT, name="pull_request", pull=pull)


def test_of_a_merge_the_base_is_what_it_was_merged_with(tmp_path, upstream):
    folder, old, head, new = upstream
    found = base_of(History(shallow(tmp_path, folder)), event(old, head), "")
    assert BaseCommit(revision=new, label="main") == found


def test_of_a_checked_out_head_the_base_is_the_events(tmp_path, upstream):
    folder, old, head, _ = upstream
    assert old == base_of(History(shallow(tmp_path, folder, "topic")), event(old, head), "").revision


def test_a_push_or_a_merge_group_starts_where_the_event_says(tmp_path, upstream):
    clone = History(shallow(tmp_path, upstream[0]))
    start = StartCommit(sha=upstream[1], ref="main")
    assert BaseCommit(revision=upstream[1], label="main") == base_of(clone, replace(EVENT, start=start), "")
    assert "v1" == base_of(clone, replace(EVENT, start=start), "v1").revision


def test_a_branch_that_is_run_by_hand_starts_at_the_default_branch(tmp_path, upstream):
    clone = History(shallow(tmp_path, upstream[0]))
    by_hand = replace(EVENT, name="workflow_dispatch", branch="topic", default_branch="main")
    assert BaseCommit(revision="main", label="main") == base_of(clone, by_hand, "")
    assert base_of(clone, replace(by_hand, default_branch=""), "") is None


def test_a_schedule_has_no_base_unless_one_is_named(tmp_path, upstream):
    clone = History(shallow(tmp_path, upstream[0]))
    assert base_of(clone, EVENT, "") is None
    assert BaseCommit(revision="main", label="main") == base_of(clone, EVENT, "main")


@pytest.mark.parametrize("named", [False, True], ids=["commit", "branch"])
def test_a_shallow_clone_fetches_the_base(tmp_path, upstream, named):
    folder, *_, new = upstream
    clone = shallow(tmp_path, folder)
    base = BaseCommit(revision="main" if named else new, label="main")
    assert at_hand(History(clone), base) is None
    assert fetch(clone, base, token="", server="https://github.com")
    assert new == at_hand(History(clone), base).revision
    assert "true" == git(clone, "rev-parse", "--is-shallow-repository")


def test_what_the_remote_does_not_have_is_not_fetched(tmp_path, upstream):
    clone = shallow(tmp_path, upstream[0])
    assert not fetch(
        clone, BaseCommit(revision="0" * 40, label="main"), token="t", server="https://github.com"
    )


def test_hooks_of_the_checkout_do_not_run(tmp_path, upstream):
    clone = shallow(tmp_path, upstream[0])
    hook = clone / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    hook.chmod(0o755)
    assert fetch(clone, BaseCommit(revision="main", label="main"), token="", server="https://github.com")
    assert not (tmp_path / "ran").exists()


def test_a_merge_is_known_by_both_of_its_commits(tmp_path, upstream):
    folder, old, head, new = upstream
    pull = event(old, head).pull
    assert new == merged_into(History(shallow(tmp_path, folder)), pull)
    assert "" == merged_into(History(folder), replace(pull, head_sha=old))


def test_a_checked_out_head_is_merged_into_nothing(tmp_path, upstream):
    folder, old, head, _ = upstream
    assert "" == merged_into(History(shallow(tmp_path, folder, "topic")), event(old, head).pull)


def test_the_commands_of_a_comment_make_the_tree_that_ran(tmp_path, upstream):
    folder, old, head, _ = upstream
    git(folder, "checkout", "-q", "merge")
    clone = shallow(tmp_path, folder)
    into = merged_into(History(clone), event(old, head).pull)
    side = Side(label="this run", platform="x86_64-v3", revision=head[:12], merged_into=into)
    made = entry()
    shown = replace(made, report=replace(made.report, claim=Comparison(before=side, after=side)))
    *fetch, verify = reproduce(shown, head)
    assert "repro verify" == verify
    laptop = tmp_path / "laptop"
    git(tmp_path, "clone", "-q", "--branch", "topic", folder.as_uri(), "laptop")
    for line in fetch:
        subprocess.run(["sh", "-ec", line], cwd=laptop, env={**os.environ, **NAMES}, check=True)
    assert git(folder, "rev-parse", "merge^{tree}") == git(laptop, "rev-parse", "HEAD^{tree}")
