# SPDX-License-Identifier: Apache-2.0
"""PyGithub's objects as values of the port; what an answer lacks is an error, never a guess.

Raises whatever PyGithub raises, and `ValueError`; `refusals.told` stands around every call.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from repro_action.sinks.github import port as host

if TYPE_CHECKING:
    from github.Artifact import Artifact
    from github.ContentFile import ContentFile
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest
    from github.PullRequestPart import PullRequestPart
    from github.WorkflowRun import WorkflowRun

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def comment(held: IssueComment) -> host.Comment:
    """Return a comment; the author is empty where the account is gone."""
    return host.Comment(
        id=_number(held.id), author=_login(held.user), body=held.body or "", url=held.html_url or ""
    )


def pull(held: PullRequest) -> host.PullRequest:
    """Return a pull request."""
    return host.PullRequest(
        number=_number(held.number),
        open=_text(held.state) == "open",
        base_repository=_text(_full_name(held.base.repo)),
        base_ref=_text(held.base.ref),
        base_sha=sha(held.base.sha),
        head_repository=_head_repository(held.head),
        head_ref=_text(held.head.ref),
        head_sha=sha(held.head.sha),
    )


def run(held: WorkflowRun) -> host.WorkflowRun:
    """Return a workflow run."""
    return host.WorkflowRun(
        id=_number(held.id),
        event=_text(held.event),
        head_sha=sha(held.head_sha),
        head_repository=_full_name(held.head_repository),
        head_branch=held.head_branch or "",
        path=held.path or "",
        attempt=held.run_attempt or 1,
    )


def artifact(held: Artifact, run: int) -> host.Artifact:
    """Return an artifact of a run."""
    return host.Artifact(
        id=_number(held.id),
        name=_text(held.name),
        size=held.size_in_bytes,
        expired=held.expired,
        run_id=run,
    )


def issue(held: Issue) -> host.Issue:
    """Return an issue."""
    return host.Issue(
        number=_number(held.number),
        author=_login(held.user),
        title=_text(held.title),
        body=held.body or "",
        open=_text(held.state) == "open",
        url=held.html_url or "",
    )


def issue_alone(held: Issue) -> host.Issue | None:
    """Return an issue; None for a pull request, which GitHub lists as one.

    The attribute `pull_request` of an issue would be asked of GitHub: only pull requests have it.
    """
    return None if "/pull/" in _text(held.html_url) else issue(held)


def file(held: ContentFile, blob: bytes | None) -> host.FileAt:
    """Return a file; `blob` is its content where GitHub left it out for its size."""
    if held.type != "file":
        raise ValueError("no file stands there")
    content = base64.b64decode(_text(held.content)) if blob is None else blob
    return host.FileAt(sha=sha(held.sha), content=content)


def sha(value: object) -> str:
    """Return a commit's or a blob's name.

    Raises:
        ValueError: it is none.
    """
    text = _text(value)
    if not _SHA.fullmatch(text):
        raise ValueError("this names no commit")
    return text


def _head_repository(part: PullRequestPart) -> str:
    return _full_name(part.repo)


def _full_name(repository: object) -> str:
    """Return `owner/name`; empty for a repository that was deleted."""
    return _text(getattr(repository, "full_name", None) or "")


def _login(user: object) -> str:
    return _text(getattr(user, "login", None) or "")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError("expected a number")
    return value
