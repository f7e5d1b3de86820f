# SPDX-License-Identifier: Apache-2.0
"""What GitHub answers, as plain values and errors; every text in them is foreign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    """There is no such thing, or the token has no access to it."""


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
    """A comment of an issue or a pull request.

    Attributes:
        id: GitHub's number.
        author: login.
        body: Markdown.
        url: of the page.
    """

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
        conclusion: how it ended, such as `success`, `failure` or `timed_out`; empty where it goes on.
    """

    id: int
    event: str
    head_sha: str
    head_repository: str
    head_branch: str
    path: str
    attempt: int = 1
    conclusion: str = ""

    @property
    def died(self) -> bool:
        """Whether it ended before all of its jobs did their work."""
        return self.conclusion in {"failure", "timed_out", "startup_failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a workflow run left; its name and size come from GitHub, its content from strangers.

    Attributes:
        id: GitHub's number.
        name: as it was uploaded.
        size: bytes of the zip file.
        expired: whether its content is gone.
        run_id: the workflow run that left it.
        branch: of that run, a name that anybody may give to a branch of a fork or to a tag.
        created: when; None where GitHub does not say.
    """

    id: int
    name: str
    size: int
    expired: bool
    run_id: int
    branch: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue.

    Attributes:
        number: of the issue.
        author: login.
        title, body: its text; the body is Markdown.
        open: whether it is.
        url: of the page.
    """

    number: int
    author: str
    title: str
    body: str
    open: bool
    url: str


class CheckConclusion(StrEnum):
    """How a check ended; a rule for a branch that requires it is satisfied by all but `failure`."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNote:
    """A remark of a check at a line of a file.

    Attributes:
        path: in the repository.
        line: from 1.
        level: `notice`, `warning` or `failure`.
        title, message: plain text.
    """

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContent:
    """What a check says.

    Attributes:
        name: by which rules for a branch know it.
        conclusion: how it ended.
        title: one line of plain text.
        summary: Markdown.
        notes: at most 50.
        url: of the page that tells more; empty for none.
        external_id: our own text, which GitHub gives back.
    """

    name: str
    conclusion: CheckConclusion
    title: str
    summary: str
    notes: tuple[LineNote, ...]
    url: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """A check of a commit.

    Attributes:
        id: GitHub's number.
        name, external_id: as whoever made it says.
        url: of the page.
        noted: whether it has remarks at lines.
    """

    id: int
    name: str
    external_id: str
    url: str
    noted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitChanges:
    """What one commit has beyond another, since both were the same.

    Attributes:
        paths: of the files that were added, changed, moved or removed.
        complete: whether these are all; GitHub lists at most 300.
        descends: whether the later commit is built on the earlier one, or is it.
    """

    paths: frozenset[str]
    complete: bool
    descends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAt:
    """A file of a branch.

    Attributes:
        sha: git's name of the content, which a change to it must name.
        content: the bytes.
    """

    sha: str
    content: bytes
