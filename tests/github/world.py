"""The small world in which the server's own tests play."""

from __future__ import annotations

from dataclasses import dataclass

from loopback.hub import Hub
from loopback.state import Artifact, Issue, Repository, Run

ALL = dict.fromkeys(("actions", "checks", "contents", "issues", "pull_requests"), "write")
HOME = "/repos/octo/model"


@dataclass(frozen=True)
class World:
    """A repository, a pull request of its own and one from a fork, a run with an artifact."""

    repo: Repository
    fork: Repository
    own: Issue
    foreign: Issue
    run: Run
    artifact: Artifact


def made(hub: Hub) -> World:
    """Make it; the token `t` may do everything that a workflow's token may."""
    hub.token("t", permissions=ALL)
    repo = hub.repository(
        "octo/model", files={"repro.baseline.json": b"{}"}, collaborators={"alice": "maintain"}
    )
    hub.commit(repo, "topic", {"train.py": b"x"})
    own = hub.pull(repo, "topic", user="alice")
    fork = hub.fork(repo, "mallory")
    hub.commit(fork, "evil", {"train.py": b"y"})
    foreign = hub.pull(repo, "evil", head_repo=fork)
    run = hub.run(repo, repo.branches["topic"])
    return World(repo, fork, own, foreign, run, hub.artifact(repo, run, "report", {"report.json": b"{}"}))
