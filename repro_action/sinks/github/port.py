# SPDX-License-Identifier: Apache-2.0
"""The port to the place where pull requests live: what is asked of GitHub, as plain values.

Everything that comes back is foreign text. `adapter.py` is the adapter; tests drive it
against a loopback server rather than a stand-in for this port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from repro_action.errors import ReproError


class CodeHostError(ReproError):
    """GitHub could not be asked, or refused.

    Attributes:
        status: HTTP status; 0 where no answer came.
    """

    def __init__(
        self, what: str, *, why: str = "", remedy: str = "", where: str = "", status: int = 0
    ) -> None:
        super().__init__(what, why=why, remedy=remedy, where=where)
        self.status = status


class NotPermitted(CodeHostError):
    """GitHub knows the token and refuses.

    Attributes:
        permissions: the job's permissions, as a workflow writes them, with those that the token
            lacks; empty where the refusal has another reason.
    """

    def __init__(self, what: str, *, permissions: Mapping[str, str], why: str = "", remedy: str = "") -> None:
        super().__init__(what, why=why, remedy=remedy, status=403)
        self.permissions = permissions


class Missing(CodeHostError):
    """There is no such thing, or the token may not see it."""


class Uncertain(CodeHostError):
    """A write was sent and no answer came, or one that says nothing: it may have happened."""


class Permission(StrEnum):
    """What an account may do in a repository, by GitHub's own words."""

    ADMIN = "admin"
    MAINTAIN = "maintain"
    WRITE = "write"
    TRIAGE = "triage"
    READ = "read"
    NONE = "none"

    @property
    def writes(self) -> bool:
        """Whether the account may push to the repository."""
        return self in {Permission.ADMIN, Permission.MAINTAIN, Permission.WRITE}


class Reaction(StrEnum):
    """Answers to a comment that notify nobody."""

    SEEN = "eyes"
    DONE = "rocket"
    REFUSED = "-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment of an issue or a pull request."""

    id: int
    author: str
    body: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request.

    Attributes:
        number: in the base repository.
        open: whether it is open.
        base_repository, head_repository: `owner/name`; the head's is empty where it was deleted.
        base_ref, head_ref: names of branches.
        base_sha, head_sha: commits, 40 hexadecimal digits.
    """

    number: int
    open: bool
    base_repository: str
    base_ref: str
    base_sha: str
    head_repository: str
    head_ref: str
    head_sha: str

    @property
    def from_fork(self) -> bool:
        """Whether its branch is in another repository."""
        return self.head_repository != self.base_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """One run of a workflow.

    Attributes:
        id: ever growing with time.
        event: what started it, such as `pull_request`.
        head_sha: the commit that it ran for.
        head_repository: `owner/name`; empty where it was deleted.
        head_branch: a name, chosen by whoever made the branch.
        path: of the workflow's file, such as `.github/workflows/repro.yml`.
        attempt: how often it was started.
    """

    id: int
    event: str
    head_sha: str
    head_repository: str
    head_branch: str
    path: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a workflow run left; its name and size come from GitHub, its content from strangers."""

    id: int
    name: str
    size: int
    expired: bool
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAt:
    """A file of a branch.

    Attributes:
        sha: git's name of the content, which a change to it must name.
        content: the bytes.
    """

    sha: str
    content: bytes


class CodeHost(Protocol):
    """What is asked of GitHub, in one repository.

    Every method raises `CodeHostError`: `NotPermitted`, `Missing`, `Uncertain` for a write of which
    nobody knows whether it happened, or the error itself. Reads are repeated by the adapter, within
    bounds; writes that are not idempotent never are.
    """

    @property
    def repository(self) -> str:
        """`owner/name`."""

    def viewer(self) -> str:
        """Return the login that the token acts as, such as `github-actions[bot]`."""

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return all comments of an issue or pull request, the oldest first."""

    def create_comment(self, number: int, body: str) -> Comment:
        """Write a comment."""

    def update_comment(self, comment: int, body: str) -> Comment:
        """Replace the body of a comment."""

    def delete_comment(self, comment: int) -> None:
        """Remove a comment; one that is gone already is no error."""

    def react(self, comment: int, reaction: Reaction) -> None:
        """React to a comment."""

    def permission(self, login: str) -> Permission:
        """Return what an account may do; `NONE` for one that is no collaborator."""

    def pull(self, number: int) -> PullRequest:
        """Return a pull request."""

    def pulls_from(self, owner: str, branch: str) -> tuple[PullRequest, ...]:
        """Return the open pull requests of a branch `owner:branch`."""

    def pulls_of(self, sha: str) -> tuple[PullRequest, ...]:
        """Return the pull requests that a commit belongs to."""

    def run(self, run: int) -> WorkflowRun:
        """Return a workflow run."""

    def artifacts(self, run: int) -> tuple[Artifact, ...]:
        """Return the artifacts of a workflow run."""

    def artifact(self, artifact: int, *, limit: int) -> bytes:
        """Return an artifact's zip file.

        Raises:
            CodeHostError: it has more than `limit` bytes.
        """

    def file(self, path: str, ref: str) -> FileAt | None:
        """Return a file at a branch or commit, or None."""

    def write_file(self, path: str, *, branch: str, content: bytes, replaces: str, message: str) -> str:
        """Commit a file to a branch and return the commit.

        Args:
            path: in the repository.
            branch: its name.
            content: the new bytes.
            replaces: `FileAt.sha` of what stands there; empty where nothing does.
            message: of the commit.
        """

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Return the open issues with a label."""

    def create_issue(self, *, title: str, body: str, label: str) -> Issue:
        """Open an issue."""

    def update_issue(self, number: int, *, body: str, close: bool = False) -> Issue:
        """Replace an issue's body, and close it if asked."""
