# SPDX-License-Identifier: Apache-2.0
"""PyGithub's objects as values of the port; what an answer lacks is an error, never a guess.

Raises whatever PyGithub raises, and `ValueError`; `error_mapping.mapped_errors` surrounds every call.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from repro_action.sinks.github import port

if TYPE_CHECKING:
    from github.Artifact import Artifact
    from github.CheckRun import CheckRun
    from github.Comparison import Comparison
    from github.ContentFile import ContentFile
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest
    from github.PullRequestPart import PullRequestPart
    from github.WorkflowRun import WorkflowRun

_FILES_OF_A_COMPARISON = 300
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def comment(given: IssueComment) -> port.Comment:
    """Return a comment; the author is empty where the account is gone."""
    return port.Comment(
        id=_number(given.id), author=_login(given.user), body=given.body or "", url=given.html_url or ""
    )


def pull(given: PullRequest) -> port.PullRequest:
    """Return a pull request."""
    return port.PullRequest(
        number=_number(given.number),
        open=_text(given.state) == "open",
        base_repository=_text(_full_name(given.base.repo)),
        base_ref=_text(given.base.ref),
        base_sha=sha(given.base.sha),
        head_repository=_head_repository(given.head),
        head_ref=_text(given.head.ref),
        head_sha=sha(given.head.sha),
    )


def run(given: WorkflowRun) -> port.WorkflowRun:
    """Return a workflow run."""
    return port.WorkflowRun(
        id=_number(given.id),
        event=_text(given.event),
        head_sha=sha(given.head_sha),
        head_repository=_full_name(given.head_repository),
        head_branch=given.head_branch or "",
        path=given.path or "",
        attempt=given.run_attempt or 1,
        conclusion=given.conclusion or "",
    )


def artifact(given: Artifact, run: int) -> port.Artifact:
    """Return an artifact of a run."""
    return port.Artifact(
        id=_number(given.id),
        name=_text(given.name),
        size=given.size_in_bytes,
        expired=given.expired,
        run_id=run,
    )


def artifact_of_any_run(given: Artifact) -> port.Artifact:
    """Return an artifact, with what GitHub says of the run that left it."""
    run = given.workflow_run
    found = artifact(given, _number(run.id))
    return replace(found, branch=run.head_branch or "", created=given.created_at)


def check(given: CheckRun) -> port.CheckRun:
    """Return a check of a commit."""
    return port.CheckRun(
        id=_number(given.id),
        name=_text(given.name),
        external_id=given.external_id or "",
        url=given.html_url or "",
        noted=bool(given.output.annotations_count),
    )


def issue(given: Issue) -> port.Issue:
    """Return an issue."""
    return port.Issue(
        number=_number(given.number),
        author=_login(given.user),
        title=_text(given.title),
        body=given.body or "",
        open=_text(given.state) == "open",
        url=given.html_url or "",
    )


def issue_alone(given: Issue) -> port.Issue | None:
    """Return an issue; None for a pull request, which GitHub lists as one.

    The attribute `pull_request` of an issue would be asked of GitHub: only pull requests have it.
    """
    return None if "/pull/" in _text(given.html_url) else issue(given)


def file(given: ContentFile, blob: bytes | None) -> port.FileAt:
    """Return a file; `blob` is its content where GitHub left it out for its size.

    Raises:
        ValueError: it is a folder, a link or a submodule.
    """
    if given.type != "file":
        raise ValueError("it is not a file")
    content = base64.b64decode(_text(given.content)) if blob is None else blob
    return port.FileAt(sha=sha(given.sha), content=content)


def changes(given: Comparison) -> port.CommitChanges:
    """Return the files of a comparison; of a moved one both names."""
    files = list(given.files)
    names = {_text(name) for one in files for name in (one.filename, one.previous_filename) if name}
    return port.CommitChanges(
        paths=frozenset(names),
        complete=len(files) < _FILES_OF_A_COMPARISON,
        descends=_text(given.status) in {"ahead", "identical"},
    )


def sha(value: object) -> str:
    """Return a commit's or a blob's name.

    Raises:
        ValueError: it is none.
    """
    text = _text(value)
    if not _SHA.fullmatch(text):
        raise ValueError("this is not the name of a commit")
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
        raise TypeError("expected a string")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError("expected a number")
    return value
