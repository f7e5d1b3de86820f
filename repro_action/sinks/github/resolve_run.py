# SPDX-License-Identifier: Apache-2.0
"""From a workflow run that ended to the pull request that it was for, by what GitHub says alone.

Nothing that the run left behind has a say in it: a stranger's artifact could name any number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from repro_action.sinks.github.port import PullRequest, WorkflowRun

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

MOST = 10
"""Pull requests of one commit that are commented on."""


class RunMatch(StrEnum):
    """What was found."""

    PULLS = "pulls"
    SUPERSEDED = "superseded"
    """The branch has moved on; the run of its new commit will comment."""
    NONE = "none"
    """No open pull request of this repository comes from that branch."""
    OTHER_EVENT = "other_event"
    """The run was started by neither a pull request nor for a branch by hand."""


_OF_A_BRANCH = {"pull_request", "workflow_dispatch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRun:
    """Where a run's report belongs.

    Attributes:
        pulls: by number; empty unless `found` is `PULLS`.
    """

    found: RunMatch
    pulls: tuple[PullRequest, ...] = ()


def resolve(host: GitHub, run: WorkflowRun) -> ResolvedRun:
    """Return the pull requests whose head is, now, exactly the commit that the run was for.

    There can be several: one branch may be proposed to two bases. GitHub does not say which of
    them a run was for, so all are commented on; each has its own run, and the newest one wins in both.

    Args:
        host: where.
        run: from the event, never from the run's own files.

    Raises:
        CodeHostError: GitHub could not be asked.
    """
    if run.event not in _OF_A_BRANCH:
        return ResolvedRun(found=RunMatch.OTHER_EVENT)
    moved = False
    for candidates in (_of_branch, _of_commit):
        ours = [pull for pull in candidates(host, run) if _comes_from(pull, run, host.repository)]
        exact = {pull.number: pull for pull in ours if pull.head_sha == run.head_sha}
        if exact:
            return ResolvedRun(
                found=RunMatch.PULLS, pulls=tuple(exact[number] for number in sorted(exact)[:MOST])
            )
        moved = moved or bool(ours)
    return ResolvedRun(found=RunMatch.SUPERSEDED if moved else RunMatch.NONE)


def _of_branch(host: GitHub, run: WorkflowRun) -> tuple[PullRequest, ...]:
    owner = run.head_repository.partition("/")[0]
    # NOTE: without both, GitHub ignores the filter and lists everybody's.
    return host.pulls_from(owner, run.head_branch) if owner and run.head_branch else ()


def _of_commit(host: GitHub, run: WorkflowRun) -> tuple[PullRequest, ...]:
    return host.pulls_of(run.head_sha)


def _comes_from(pull: PullRequest, run: WorkflowRun, repository: str) -> bool:
    return (
        pull.open
        and _same(pull.base_repository, repository)
        and bool(run.head_repository)
        and _same(pull.head_repository, run.head_repository)
    )


def _same(one: str, other: str) -> bool:
    """Whether two names are of one repository: GitHub ignores their case."""
    return one.lower() == other.lower()
