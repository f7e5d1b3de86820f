# SPDX-License-Identifier: Apache-2.0
"""`/repro accept`: baselines committed to a pull request's branch, for somebody who may push to it.

Nothing of the command is believed but the wish. Who asks is looked up; what is accepted is the
run that our own comment is about, for the commit that is the head now, or one on which nothing but
baselines was committed since; its fingerprint is computed again. A file's path follows from the
configuration's. The commit goes on top of the head that was looked at, or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from repro_action.action.accept_choice import check_branch_is_what_ran, chosen
from repro_action.action.accept_commit import commit
from repro_action.action.accept_refusal import AcceptRefusal
from repro_action.action.accept_syntax import USAGE, AcceptCommand, MalformedCommand, parse
from repro_action.action.event import ChatComment
from repro_action.action.reports import completed, read
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.render.markdown.acceptance import Acceptance
from repro_action.report.render.markdown.escape import code, prose
from repro_action.sinks.github.comment import comment as show
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.options import PublishOptions
from repro_action.sinks.github.port import CodeHostError, CommitChanges, PullRequest, Reaction, WorkflowRun
from repro_action.sinks.github.upsert import find, post

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub


class AcceptOutcome(StrEnum):
    """What became of a comment."""

    IGNORED = "ignored"
    """It is not a command, or not on a pull request."""
    REFUSED = "refused"
    ACCEPTED = "accepted"
    ALREADY = "already"
    """The branch has that baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptResult:
    """What was done.

    Attributes:
        commit: the new commit; empty where there is none.
        summary: one sentence for the log.
    """

    outcome: AcceptOutcome
    commit: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reported:
    """The report that our comment on a pull request shows.

    Attributes:
        since: what was committed to the branch after the commit that ran: nothing, or baselines.
    """

    marker: Marker
    run: WorkflowRun
    bundles: tuple[Bundle, ...]
    since: frozenset[str]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The runs of all jobs."""
        return tuple(entry for bundle in self.bundles for entry in bundle.entries)


def accept_comment(
    host: GitHub, comment: ChatComment, options: PublishOptions, *, artifact: str
) -> AcceptResult:
    """Do what a comment asks for, if it is a command and may be obeyed.

    Reactions show how far it came; a refusal is explained in one reply a comment. People who may not
    push share one reply with all others who may not, so that nobody can make us talk without end.

    Args:
        host: where.
        comment: from the event `issue_comment`.
        options: how the comment with the reports is written; it is brought up to date.
        artifact: name of the artifacts that hold them.

    Raises:
        CodeHostError: GitHub could not be asked; the command can be given again.
    """
    commands = parse(comment.body) if comment.created and comment.number is not None else None
    if commands is None or comment.number is None:
        return AcceptResult(outcome=AcceptOutcome.IGNORED)
    _react(host, comment.id, Reaction.SEEN)
    try:
        _check_actor(host, comment.author)
    except AcceptRefusal as refusal:
        return _refuse(host, comment.number, comment.id, ".accept-denied", refusal)
    try:
        done = _accept(host, comment, comment.number, commands, options, artifact=artifact)
    except AcceptRefusal as refusal:
        return _refuse(host, comment.number, comment.id, f".accept-{comment.id}", refusal)
    _react(host, comment.id, Reaction.DONE)
    return done


def _check_actor(host: GitHub, actor: str) -> None:
    if not host.permission(actor).writes:
        raise AcceptRefusal(
            "Only people who can push to this repository can accept a baseline. Ask one of them to "
            "post the same comment."
        )


def _accept(
    host: GitHub,
    comment: ChatComment,
    number: int,
    commands: Sequence[AcceptCommand] | MalformedCommand,
    options: PublishOptions,
    *,
    artifact: str,
) -> AcceptResult:
    if isinstance(commands, MalformedCommand):
        raise AcceptRefusal(f"{commands.why} The report shows the line to write: {code(USAGE)}.")
    pull = host.pull(number)
    _check_pull(host, pull, commands)
    reported = _reported(host, pull, options.identity, artifact)
    entries = chosen(reported.entries, commands)
    beyond = host.changes(pull.head_sha, f"refs/heads/{pull.base_ref}")
    check_branch_is_what_ran(entries, beyond=beyond)
    made = commit(host, pull, entries, comment.author)
    if not made:
        return AcceptResult(outcome=AcceptOutcome.ALREADY, summary="The branch already has that baseline.")
    file = reported.run.path.rpartition("/")[2]
    acceptance = Acceptance(
        commit=made,
        by=comment.author,
        configs=_accepted(reported, entries),
        checked=bool(file) and host.start_workflow(file, branch=pull.head_ref),
    )
    _show(host, pull, reported, options, acceptance)
    return AcceptResult(
        outcome=AcceptOutcome.ACCEPTED, commit=made, summary=f"Committed {made[:12]}. {acceptance.next}"
    )


def _check_pull(host: GitHub, pull: PullRequest, commands: Sequence[AcceptCommand]) -> None:
    if not pull.open:
        raise AcceptRefusal("This pull request is closed.")
    if pull.base_repository.lower() != host.repository.lower() or pull.from_fork:
        named = [one.config for one in commands if re.fullmatch(r"[\w./-]+", one.config)]
        config = f" --config {named[0]}" if len(named) == len(commands) == 1 else ""
        raise AcceptRefusal(
            "The branch is in a fork, to which this repository cannot push. Run there:\n\n```sh\n"
            f"repro{config} verify; repro{config} accept\n"
            f'git add "*.baseline.json" && git commit -m "Accept the new baseline" && git push\n```'
        )


def _reported(host: GitHub, pull: PullRequest, identity: str, artifact: str) -> _Reported:
    """Return our report on the head of a pull request.

    Raises:
        AcceptRefusal: there is none, or it is about something else.
    """
    found = find(host, pull.number, identity)
    if found is None:
        raise AcceptRefusal(
            "There is no report on this pull request to accept. Wait until its run has finished."
        )
    marker, _ = found
    run = host.run(marker.run)
    trained = run.head_sha == marker.sha and (
        run.event == "pull_request" or (run.event == "workflow_dispatch" and run.head_branch == pull.head_ref)
    )
    if not trained or run.head_repository.lower() != pull.base_repository.lower():
        raise AcceptRefusal("The report does not come from a run of this pull request's own branch.")
    try:
        bundles = read(host, run.id, artifact)
    except ArtifactUnreadable as error:
        raise AcceptRefusal(f"The run's report cannot be read: {prose(error.what)}.") from error
    since = _since(host, marker, pull, bundles)
    return _Reported(marker=marker, run=run, bundles=bundles, since=since)


def _since(host: GitHub, marker: Marker, pull: PullRequest, bundles: Sequence[Bundle]) -> frozenset[str]:
    """Return the baselines that were committed after the commit that ran.

    Raises:
        AcceptRefusal: something else was.
    """
    if marker.sha == pull.head_sha:
        return frozenset()
    try:
        changes = host.changes(marker.sha, pull.head_sha)
    except CodeHostError:
        changes = CommitChanges(paths=frozenset(), complete=False, descends=False)
    baselines = {entry.baseline for bundle in bundles for entry in bundle.entries}
    if not (changes.descends and changes.complete and changes.paths <= baselines):
        raise AcceptRefusal(
            "The report is for an older commit. Wait until the run of the newest commit has finished."
        )
    return changes.paths


def _accepted(reported: _Reported, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the configurations of all that was accepted since the commit that ran."""
    accepted = {entry.config for entry in entries}
    accepted.update(entry.config for entry in reported.entries if entry.baseline in reported.since)
    return tuple(sorted(accepted))


def _show(
    host: GitHub, pull: PullRequest, reported: _Reported, options: PublishOptions, acceptance: Acceptance
) -> None:
    """Say in the comment with the report what became of it; a comment that fails undoes nothing."""
    marker = reported.marker
    try:
        show(
            host,
            replace(pull, head_sha=marker.sha),
            completed(reported.bundles),
            options,
            run=marker.run,
            attempt=marker.attempt,
            acceptance=acceptance,
        )
    except (CodeHostError, ArtifactUnreadable):
        return


def _refuse(host: GitHub, number: int, comment: int, identity: str, refusal: AcceptRefusal) -> AcceptResult:
    """Explain a refusal; a command that is obeyed twice has one reply."""
    _react(host, comment, Reaction.REFUSED)
    marker = Marker(id=identity, run=comment, attempt=1, sha="0" * 40)
    post(host, number, marker, f"**Not accepted.** {refusal.markdown}\n")
    return AcceptResult(outcome=AcceptOutcome.REFUSED, summary=refusal.markdown.splitlines()[0])


def _react(host: GitHub, comment: int, reaction: Reaction) -> None:
    """React; a reaction that fails stops nothing."""
    try:
        host.react(comment, reaction)
    except CodeHostError:
        return
