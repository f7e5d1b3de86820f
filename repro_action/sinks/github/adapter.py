# SPDX-License-Identifier: Apache-2.0
"""What is asked of GitHub, by PyGithub; tests drive it against a loopback server."""

from __future__ import annotations

import base64
import re
from itertools import islice

from repro_action.sinks.github import converters as answers
from repro_action.sinks.github.branch_api import BranchApi
from repro_action.sinks.github.checks_api import ChecksApi
from repro_action.sinks.github.client import Client
from repro_action.sinks.github.error_mapping import Needs
from repro_action.sinks.github.port import (
    Artifact,
    CodeHostError,
    Comment,
    CommitChanges,
    FileAt,
    Issue,
    Missing,
    NotPermitted,
    Permission,
    PullRequest,
    Reaction,
    WorkflowRun,
)
from repro_action.sinks.github.retry import Repeat, RetryBounds

API = "https://api.github.com"

TIMEOUT = 15
"""Seconds without a byte."""

_NOTHING: Needs = {}
_PULLS: Needs = {"pull-requests": "read"}
_WRITE_PULLS: Needs = {"pull-requests": "write"}
_RUNS: Needs = {"actions": "read"}
_WRITE_RUNS: Needs = {"actions": "write"}
_FILES: Needs = {"contents": "read"}
_ISSUES: Needs = {"issues": "read"}
_WRITE_ISSUES: Needs = {"issues": "write"}

_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\[bot\])?")


class GitHub(BranchApi, ChecksApi):
    """One repository on GitHub or a GitHub Enterprise Server.

    Every method raises `CodeHostError`: `NotPermitted`, `Missing`, `Uncertain` for a write of which
    nobody knows whether it happened, or the error itself. Reads are repeated, within bounds; writes
    that are not idempotent never are.
    """

    def __init__(
        self,
        repository: str,
        *,
        token: str,
        api_url: str = API,
        timeout: int = TIMEOUT,
        bounds: RetryBounds | None = None,
    ) -> None:
        """Prepare; asks nothing yet.

        Args:
            repository: `owner/name`.
            token: never shown.
            api_url: `GITHUB_API_URL`; the one of GraphQL is derived from it.
            timeout: seconds without a byte.
            bounds: bounds of repetitions and waits, for everything that is asked here.

        Raises:
            CodeHostError: an argument cannot be right.
        """
        self._client = Client(
            repository, token=token, api_url=api_url, timeout=timeout, bounds=bounds or RetryBounds()
        )
        self._viewer = ""

    @property
    def repository(self) -> str:
        """`owner/name`."""
        return self._client.repository

    def viewer(self) -> str:
        """Return the login that the token acts as, such as `github-actions[bot]`; asked once."""
        self._viewer = self._viewer or self._client.ask(
            "reading the account of the token", _NOTHING, self._client.viewer
        )
        return self._viewer

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return all comments of an issue or pull request, the oldest first."""
        listing = self._client.issue(number).get_comments()
        found = self._client.every("reading the comments", _PULLS, listing, answers.comment)
        return tuple(sorted(found, key=lambda one: one.id))

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a comment."""
        issue = self._client.issue(number)
        made = self._client.ask(
            "writing a comment",
            _WRITE_PULLS,
            lambda: answers.comment(issue.create_comment(body)),
            Repeat.NEVER,
        )
        self._viewer = made.author
        return made

    def update_comment(self, comment: int, body: str) -> Comment:
        """Replace the body of a comment."""

        def edit() -> Comment:
            existing = self._client.comment(comment)
            existing.edit(body)
            return answers.comment(existing)

        return self._client.ask("updating the comment", _WRITE_PULLS, edit, Repeat.SAME)

    def delete_comment(self, comment: int) -> None:
        """Remove a comment; one that is gone already is no error."""
        existing = self._client.comment(comment)
        try:
            self._client.ask("removing a comment", _WRITE_PULLS, existing.delete, Repeat.SAME)
        except Missing:
            return

    def react(self, comment: int, reaction: Reaction) -> None:
        """React to a comment."""
        existing = self._client.comment(comment)
        self._client.ask(
            "reacting to a comment",
            _WRITE_PULLS,
            lambda: existing.create_reaction(reaction.value),
            Repeat.SAME,
        )

    def permission(self, login: str) -> Permission:
        """Return what an account may do; `NONE` for one that is no collaborator."""
        if not _LOGIN.fullmatch(login):
            return Permission.NONE
        try:
            permission = self._client.ask(
                "reading the permissions of the account",
                _NOTHING,
                lambda: self._client.repo.get_collaborator_permission(login),
            )
        except Missing:
            return Permission.NONE
        return Permission(permission) if permission in set(Permission) else Permission.NONE

    def pull(self, number: int) -> PullRequest:
        """Return a pull request."""
        return self._client.ask(
            "reading the pull request", _PULLS, lambda: answers.pull(self._client.repo.get_pull(number))
        )

    def pulls_from(self, owner: str, branch: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests of a branch `owner:branch`."""
        listing = self._client.repo.get_pulls(state="open", head=f"{owner}:{branch}")
        return self._client.every("listing pull requests", _PULLS, listing, answers.pull)

    def pulls_of(self, sha: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that a commit belongs to."""
        listing = self._client.commit(sha).get_pulls()
        try:
            return self._client.every("listing the pull requests of a commit", _PULLS, listing, answers.pull)
        except CodeHostError as error:
            if error.status in {404, 422}:  # a commit that this repository does not have
                return ()
            raise

    def run(self, run: int) -> WorkflowRun:
        """Return a workflow run."""
        return self._client.ask(
            "reading a workflow run", _RUNS, lambda: answers.run(self._client.repo.get_workflow_run(run))
        )

    def artifacts(self, run: int) -> tuple[Artifact, ...]:
        """Return the artifacts of a workflow run."""
        listing = self._client.run(run).get_artifacts()
        return self._client.every(
            "listing the run's artifacts", _RUNS, listing, lambda one: answers.artifact(one, run)
        )

    def artifacts_named(self, name: str, *, most: int) -> tuple[Artifact, ...]:
        """Return artifacts of that name that any run of the repository left, pull requests' among them.

        Args:
            name: to the letter.
            most: how many of them, the newest.
        """
        listing = self._client.repo.get_artifacts(name=name)
        return self._client.ask(
            "listing artifacts",
            _RUNS,
            lambda: tuple(answers.artifact_of_any_run(one) for one in islice(listing, most)),
        )

    def artifact(self, artifact: int, *, limit: int) -> bytes:
        """Return an artifact's zip file.

        Raises:
            CodeHostError: it has more than `limit` bytes.
        """
        return self._client.ask("fetching an artifact", _RUNS, lambda: self._client.fetch(artifact, limit))

    def file(self, path: str, ref: str) -> FileAt | None:
        """Return a file at a branch or commit, or None."""

        def read() -> FileAt:
            content = self._client.repo.get_contents(path, ref=ref)
            if isinstance(content, list):
                raise CodeHostError("it is a folder, not a file", where=path)
            # Beyond one megabyte the content is left out.
            large = content.type == "file" and content.encoding == "none"
            return answers.file(content, self._blob(content.sha) if large else None)

        try:
            return self._client.ask("reading a file", _FILES, read)
        except Missing:
            return None

    def changes(self, earlier: str, later: str) -> CommitChanges:
        """Return what `later` has that `earlier` has not; each a commit, or a branch as `refs/heads/NAME`."""
        return self._client.ask(
            "comparing two commits",
            _FILES,
            lambda: answers.changes(self._client.repo.compare(earlier, later)),
        )

    def start_workflow(self, file: str, *, branch: str) -> bool:
        """Start a workflow for a branch; whether it has a trigger for that, and the token may.

        Args:
            file: name of the workflow's file.
            branch: its name.
        """
        try:
            self._client.ask(
                "starting a workflow",
                _WRITE_RUNS,
                lambda: self._client.dispatch(file, branch),
                Repeat.NEVER,
            )
        except (NotPermitted, Missing):
            return False
        except CodeHostError as error:
            if error.status == 422:  # without `workflow_dispatch`
                return False
            raise
        return True

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Return the open issues with a label."""
        listing = self._client.repo.get_issues(state="open", labels=[label])
        return self._client.every("listing issues", _ISSUES, listing, answers.issue_alone)

    def create_issue(self, *, title: str, body: str, label: str) -> Issue:
        """Open an issue."""
        made = self._client.ask(
            "opening an issue",
            _WRITE_ISSUES,
            lambda: answers.issue(self._client.repo.create_issue(title, body, labels=[label])),
            Repeat.NEVER,
        )
        self._viewer = made.author
        return made

    def update_issue(self, number: int, *, body: str, close: bool = False) -> Issue:
        """Replace an issue's body, and close it if asked."""

        def edit() -> Issue:
            existing = self._client.issue(number)
            if close:
                existing.edit(body=body, state="closed", state_reason="completed")
            else:
                existing.edit(body=body)
            return answers.issue(existing)

        return self._client.ask("updating the issue", _WRITE_ISSUES, edit, Repeat.SAME)

    def _blob(self, sha: str) -> bytes:
        blob = self._client.repo.get_git_blob(answers.sha(sha))
        return base64.b64decode(blob.content)
