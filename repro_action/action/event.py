# SPDX-License-Identifier: Apache-2.0
"""What started the workflow, from the runner's variables and GitHub's own payload.

The payload is trusted for what GitHub says in it (numbers, commits, repositories); names and
texts inside it are a stranger's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ConfigError
from repro_action.sinks.github.port import PullRequest, WorkflowRun

LARGEST = 32 << 20
"""Bytes of a payload; GitHub's own limit is 25 MB."""

PRIVILEGED = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
"""Events whose jobs have a token that writes while a stranger chooses the content."""

TRUSTED = frozenset({"push", "schedule", "workflow_dispatch"})
"""Events whose jobs run what is in a branch and nothing else."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatComment:
    """A comment that started the workflow.

    Attributes:
        number: of the pull request; None where the comment stands on an issue.
        body: a stranger's text.
        created: whether it is new, rather than edited or removed.
    """

    id: int
    author: str
    body: str
    number: int | None
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCommit:
    """The commit that was there before.

    Attributes:
        sha: of the commit.
        ref: as people call it, such as `main`.
    """

    sha: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What started the workflow.

    Attributes:
        name: such as `pull_request`.
        repository: `owner/name`; empty outside a runner.
        sha: the commit that was checked out.
        run: number of the workflow run; 0 outside a runner.
        attempt: of the run.
        api_url: of this GitHub, which may be an Enterprise Server.
        run_url: where people see the run; empty where unknown.
        pull: the pull request; None for other events.
        workflow_run: the run that ended; None for other events.
        comment: the comment; None for other events.
        start: where a push or a merge group starts; None for other events, and where nothing was before.
        branch: that the workflow was started for by hand, or by `/repro accept`; empty for other events.
        default_branch: of the repository; empty where the payload does not say.
        trusted: whether the job runs what is in that branch and nothing else, by its event and ref.
    """

    name: str
    repository: str
    sha: str
    run: int
    attempt: int
    api_url: str
    run_url: str
    pull: PullRequest | None = None
    workflow_run: WorkflowRun | None = None
    comment: ChatComment | None = None
    start: StartCommit | None = None
    branch: str = ""
    default_branch: str = ""
    trusted: bool = False

    @property
    def base_branch(self) -> str:
        """The default branch, where the workflow was started by hand for another one; else empty."""
        return self.default_branch if self.branch and self.branch != self.default_branch else ""


def read(environ: Mapping[str, str]) -> Event:
    """Read the event.

    Raises:
        ConfigError: the runner's variables or the payload are not what GitHub writes.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    repository = environ.get("GITHUB_REPOSITORY", "")
    if repository and not _REPOSITORY.fullmatch(repository):
        raise _odd("GITHUB_REPOSITORY")
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    run = _number(environ.get("GITHUB_RUN_ID", ""))
    server = environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    ref = environ.get("GITHUB_REF", "") if name == "workflow_dispatch" else ""
    branch = _branch(ref) if ref.startswith("refs/heads/") else ""
    default_branch = _default_branch(payload)
    try:
        return Event(
            name=name,
            repository=repository,
            sha=environ.get("GITHUB_SHA", ""),
            run=run,
            attempt=_number(environ.get("GITHUB_RUN_ATTEMPT", "")) or 1,
            api_url=environ.get("GITHUB_API_URL", "https://api.github.com"),
            run_url=f"{server}/{repository}/actions/runs/{run}" if repository and run else "",
            pull=_pull(payload) if name in {"pull_request", "pull_request_target"} else None,
            workflow_run=_workflow_run(payload) if name == "workflow_run" else None,
            comment=_comment(payload) if name == "issue_comment" else None,
            start=_start(name, payload),
            branch=branch,
            default_branch=default_branch,
            trusted=_trusted(name, environ.get("GITHUB_REF", ""), payload, default_branch),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _odd("the payload of the event") from error


def _payload(path: str) -> Mapping[str, object]:
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
        payload = json.loads(data) if len(data) <= LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise _odd("GITHUB_EVENT_PATH") from error
    if not isinstance(payload, dict):
        raise _odd("GITHUB_EVENT_PATH")
    return payload


def _pull(payload: Mapping[str, object]) -> PullRequest:
    pull = _table(payload, "pull_request")
    base, head = _table(pull, "base"), _table(pull, "head")
    head_repository = head.get("repo")
    return PullRequest(
        number=_whole(pull["number"]),
        open=pull["state"] == "open",
        base_repository=_repository(_table(base, "repo")["full_name"]),
        base_ref=_text(base["ref"]),
        base_sha=_sha(base["sha"]),
        head_repository=_repository(head_repository["full_name"])
        if isinstance(head_repository, dict)
        else "",
        head_ref=_text(head["ref"]),
        head_sha=_sha(head["sha"]),
    )


def _workflow_run(payload: Mapping[str, object]) -> WorkflowRun:
    table = _table(payload, "workflow_run")
    return WorkflowRun(
        id=_whole(table["id"]),
        event=_text(table["event"]),
        head_sha=_sha(table["head_sha"]),
        head_repository=_repository(_table(table, "head_repository")["full_name"]),
        head_branch=_text(table.get("head_branch") or ""),
        path=_text(table.get("path", "")),
        attempt=_whole(table.get("run_attempt", 1)),
        conclusion=_text(table.get("conclusion") or ""),
    )


def _start(name: str, payload: Mapping[str, object]) -> StartCommit | None:
    """Return where a push or a merge group starts; None for other events, and for a branch that is new."""
    match name:
        case "merge_group":
            group = _table(payload, "merge_group")
            return StartCommit(sha=_sha(group["base_sha"]), ref=_branch(_text(group["base_ref"])))
        case "push" if "before" in payload:
            before = _sha(payload["before"])
            ref = _branch(_text(payload.get("ref", "")))
            return StartCommit(sha=before, ref=f"{ref} before this push") if before.strip("0") else None
    return None


def _default_branch(payload: Mapping[str, object]) -> str:
    repository = payload.get("repository")
    name = repository.get("default_branch") if isinstance(repository, dict) else None
    return name if isinstance(name, str) else ""


def _trusted(name: str, ref: str, payload: Mapping[str, object], default_branch: str) -> bool:
    """Whether the event runs the default branch; where the payload names a ref, both must agree."""
    if name not in TRUSTED or not default_branch:
        return False
    return {ref, f"refs/heads/{_branch(str(payload.get('ref', ref)))}"} == {f"refs/heads/{default_branch}"}


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _comment(payload: Mapping[str, object]) -> ChatComment:
    comment, issue = _table(payload, "comment"), _table(payload, "issue")
    return ChatComment(
        id=_whole(comment["id"]),
        author=_text(_table(comment, "user")["login"]),
        body=_text(comment["body"]),
        number=_whole(issue["number"]) if isinstance(issue.get("pull_request"), dict) else None,
        created=payload.get("action") == "created",
    )


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = table[name]
    if not isinstance(found, dict):
        raise TypeError(name)
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise TypeError(value)
    return value


def _sha(value: object) -> str:
    text = _text(value)
    if not _SHA.fullmatch(text):
        raise ValueError(text)
    return text


def _repository(value: object) -> str:
    text = _text(value)
    if not _REPOSITORY.fullmatch(text):
        raise ValueError(text)
    return text


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def _odd(what: str) -> ConfigError:
    return ConfigError(
        f"{what} is not what a GitHub runner writes",
        remedy="Use the action in a workflow; on a laptop, `repro verify` does the same work.",
    )
