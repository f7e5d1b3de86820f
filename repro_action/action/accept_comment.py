# SPDX-License-Identifier: Apache-2.0
"""`/repro accept`: a baseline committed to a pull request's branch, for somebody who may push to it.

Nothing of the command is believed but the wish. Who asks is looked up; what is accepted is the
run that our own comment is about, for the commit that is the head now; its fingerprint is
computed again. The file's path follows from the configuration's.

Not guarded: a push between the last look at the head and the commit. The baseline then stands on
top of it, and the next run compares it with what that commit makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from repro_action.action.accept_syntax import USAGE, AcceptCommand, MalformedCommand, parse
from repro_action.action.event import ChatComment
from repro_action.action.reports import read
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.errors import ArtifactUnreadable, BaselineError
from repro_action.report.bundle import Entry, path_fault
from repro_action.report.consistency import comparison_contradiction, contradiction
from repro_action.report.render.markdown.escape import block, code, prose
from repro_action.report.states import Flavour
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import (
    CodeHostError,
    NotPermitted,
    PullRequest,
    Reaction,
    Uncertain,
)
from repro_action.sinks.github.upsert import find, post
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

_BASELINE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\.baseline\.json")


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


class _Refusal(Exception):
    """The answer to a command that is not obeyed: Markdown, its foreign parts escaped."""

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown)
        self.markdown = markdown


def accept_comment(host: GitHub, comment: ChatComment, *, identity: str, artifact: str) -> AcceptResult:
    """Do what a comment asks for, if it is a command and may be obeyed.

    Reactions show how far it came; a refusal is explained in one reply a command. People who may not
    push shares one reply with all others who may not, so that nobody can make us talk without end.

    Args:
        host: where.
        comment: from the event `issue_comment`.
        identity: of the comment with the reports.
        artifact: name of the artifacts that hold them.

    Raises:
        CodeHostError: GitHub could not be asked; the command can be given again.
    """
    command = parse(comment.body) if comment.created and comment.number is not None else None
    if command is None or comment.number is None:
        return AcceptResult(outcome=AcceptOutcome.IGNORED)
    _react(host, comment.id, Reaction.SEEN)
    try:
        _check_actor(host, comment.author)
    except _Refusal as refusal:
        return _refuse(host, comment.number, comment.id, ".accept-denied", refusal)
    try:
        done = _accept(host, comment.number, comment.author, command, identity=identity, artifact=artifact)
    except _Refusal as refusal:
        return _refuse(host, comment.number, comment.id, f".accept-{comment.id}", refusal)
    _react(host, comment.id, Reaction.DONE)
    return done


def _check_actor(host: GitHub, actor: str) -> None:
    if not host.permission(actor).writes:
        raise _Refusal(
            "Only people who can push to this repository can accept a baseline. Ask one of them to "
            "post the same comment."
        )


def _accept(
    host: GitHub,
    number: int,
    actor: str,
    command: AcceptCommand | MalformedCommand,
    *,
    identity: str,
    artifact: str,
) -> AcceptResult:
    if isinstance(command, MalformedCommand):
        raise _Refusal(f"{command.why} The report shows the line to write: {code(USAGE)}.")
    pull = host.pull(number)
    _check_pull(host, pull, command)
    marker = _reported(host, pull, identity)
    entry = _chosen(host, marker, command, artifact)
    return _commit(host, pull, entry, actor)


def _check_pull(host: GitHub, pull: PullRequest, command: AcceptCommand) -> None:
    if not pull.open:
        raise _Refusal("This pull request is closed.")
    if pull.base_repository.lower() != host.repository.lower() or pull.from_fork:
        config = f" --config {command.config}" if re.fullmatch(r"[\w./-]+", command.config) else ""
        raise _Refusal(
            "The branch is in a fork, to which this repository cannot push. Run there:\n\n```sh\n"
            f"repro{config} verify; repro{config} accept\n"
            f'git add "*.baseline.json" && git commit -m "Accept the new baseline" && git push\n```'
        )


def _reported(host: GitHub, pull: PullRequest, identity: str) -> Marker:
    """Return the marker of our report on the head of a pull request."""
    found = find(host, pull.number, identity)
    if found is None:
        raise _Refusal("There is no report on this pull request to accept. Wait until its run has finished.")
    marker, _ = found
    if marker.sha != pull.head_sha:
        raise _Refusal(
            "The report is for an older commit. Wait until the run of the newest commit has finished."
        )
    run = host.run(marker.run)
    trained = run.event == "pull_request" and run.head_sha == marker.sha
    if not trained or run.head_repository.lower() != pull.base_repository.lower():
        raise _Refusal("The report does not come from a run of this pull request's own branch.")
    return marker


def _chosen(host: GitHub, marker: Marker, command: AcceptCommand, artifact: str) -> Entry:
    """Return the run that is meant; the fingerprint is computed from what would be committed."""
    try:
        entries = [entry for bundle in read(host, marker.run, artifact) for entry in bundle.entries]
    except ArtifactUnreadable as error:
        raise _Refusal(f"The run's report cannot be read: {prose(error.what)}.") from error
    fitting = [
        entry
        for entry in entries
        if entry.fingerprint.startswith(command.fingerprint)
        and entry.report.fingerprint == entry.fingerprint
        and command.config in {"", entry.config}
    ]
    if not fitting:
        fingerprints = ", ".join(code(entry.fingerprint[:12]) for entry in entries[:20] if entry.fingerprint)
        raise _Refusal(
            "No run of the newest commit has that fingerprint"
            + (
                f"; there are {fingerprints}."
                if fingerprints
                else ": there is none, or its report has expired."
            )
        )
    if len({entry.config for entry in fitting}) > 1:
        paths = ", ".join(code(entry.config) for entry in fitting[:20])
        raise _Refusal(f"Several configurations have this fingerprint: write one of {paths} after it.")
    if len({entry.fingerprint for entry in fitting}) > 1:
        # Whoever makes both can make two that begin alike; only one of them was seen.
        raise _Refusal("Several fingerprints of that run begin with these digits: write all 64.")
    _check_entry(fitting[0])
    return fitting[0]


def _check_entry(entry: Entry) -> None:
    shown = contradiction(entry.report, entry.candidate) if entry.candidate is not None else ""
    if shown:
        raise _Refusal(
            f"What would be committed is not what the report shows: {prose(shown)} differs. "
            "Do not merge before you know why."
        )
    if entry.report.verdict is Verdict.FAILED:
        raise _Refusal("That run failed, so it has no result to accept.")
    if entry.report.flavour is Flavour.FLAKY:
        raise _Refusal(
            "That run gave different results when it was repeated, so a baseline made from it could not be "
            "reproduced. Fix what the report names first."
        )
    folder, _, name = entry.baseline.rpartition("/")
    beside = folder == entry.config.rpartition("/")[0] and _BASELINE_NAME.fullmatch(name)
    if not beside or path_fault(entry.baseline):
        raise _Refusal("The report names a baseline that is not in the folder of its configuration.")


def _commit(host: GitHub, pull: PullRequest, entry: Entry, actor: str) -> AcceptResult:
    candidate = entry.candidate
    if candidate is None or len(candidate.platforms) != 1:
        raise _Refusal("That run has no result to accept.")
    standing = host.file(entry.baseline, f"refs/heads/{pull.head_ref}")
    (fingerprint,) = candidate.platforms.values()
    before = _loaded(standing.content, entry.baseline) if standing else Baseline(name=candidate.name)
    if before.name != candidate.name:
        raise _Refusal(
            f"The branch's {code(entry.baseline)} is the baseline of {code(before.name)}, and that run's "
            f"configuration is called {code(candidate.name)}. Give it a file of its own with the key "
            f"{code('baseline')}, or correct the name in the baseline."
        )
    _check_change(entry, before)
    text = dump(Baseline(name=candidate.name, platforms=before.accept(fingerprint).platforms)).encode()
    if standing is not None and standing.content == text:
        return AcceptResult(outcome=AcceptOutcome.ALREADY, summary="The branch already has that baseline.")
    try:
        commit = host.write_file(
            entry.baseline,
            branch=pull.head_ref,
            content=text,
            replaces=standing.sha if standing else "",
            message=_message(entry, fingerprint.platform, actor),
        )
    except Uncertain:
        raise
    except CodeHostError as error:
        raise _unwritten(error) from error
    return AcceptResult(outcome=AcceptOutcome.ACCEPTED, commit=commit, summary=f"Committed {commit[:12]}.")


def _check_change(entry: Entry, committed: Baseline) -> None:
    """Refuse a report whose second comparison does not show the baseline that is committed."""
    change = entry.report.change
    after = committed.platforms.get(change.after.platform) if change is not None else None
    if change is not None and after is not None and comparison_contradiction(change, after):
        raise _Refusal(
            "The report was made against a different baseline than the branch has now. Wait until its "
            "next run has finished."
        )


def _loaded(content: bytes, path: str) -> Baseline:
    try:
        return load(content.decode("utf-8"), path)
    except (BaselineError, UnicodeDecodeError) as error:
        raise _Refusal(
            f"The branch's {code(path)} cannot be read, and accepting would lose its fingerprints of other "
            "platforms. Repair or remove it first."
        ) from error


def _message(entry: Entry, platform: str, actor: str) -> str:
    """Return the commit's message; paths are foreign, and `#1` or `[skip ci]` would mean something."""
    config, kind = (re.sub(r"[^A-Za-z0-9._/ -]", "?", text)[:100] for text in (entry.config, platform))
    by = re.sub(r"[^A-Za-z0-9_-]", "", actor)[:100]
    return (
        f"Accept the baseline of {config}\n\n"
        f"Fingerprint {entry.fingerprint} on {kind}, accepted by {by} with a comment."
    )


def _unwritten(error: CodeHostError) -> _Refusal:
    if isinstance(error, NotPermitted):
        lines = [f"  {name}: {level}" for name, level in error.permissions.items()]
        needed = block("\n".join(["permissions:", *lines]), "yaml")
        return _Refusal(
            "The workflow is not allowed to commit to this branch."
            + (f" Give the job:\n\n{needed}" if lines else f" {prose(error.why)}")
        )
    return _Refusal(f"GitHub rejected the commit. {prose(error.why or error.what)}")


def _refuse(host: GitHub, number: int, comment: int, identity: str, refusal: _Refusal) -> AcceptResult:
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
