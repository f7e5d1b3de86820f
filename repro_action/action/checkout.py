# SPDX-License-Identifier: Apache-2.0
"""What a shallow checkout lacks, fetched: the commit that a change starts from, and earlier commits.

The only place that writes to a checkout: objects, and one remote branch where a branch was asked for.
Earlier commits go into another repository, which may lack contents of files.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from repro_action.action.event import Event
from repro_action.git_command import run_git
from repro_action.history import History
from repro_action.sinks.github.port import PullRequest

SECONDS = 40.0
"""After which a fetch of what is only to be drawn is given up."""

_PROTOCOLS = "https:http:ssh:git:file"
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCommit:
    """Where a change starts.

    Attributes:
        revision: a commit or branch that git may have to be asked for.
        label: as people call it, such as `main`; foreign.
    """

    revision: str
    label: str


def base_of(history: History, event: Event, against: str) -> BaseCommit | None:
    """Return where the change starts: what was asked for, else what the event says, else None.

    A pull request is checked out as a merge commit, whose first parent is the base branch as it
    was merged with; the payload's base may be older, and would show others' changes as this one's.
    A merge group starts at its base, a push at what the branch was before, and a branch for which the
    workflow was started by hand at the default branch.
    """
    if against:
        return BaseCommit(revision=against, label=against)
    pull = event.pull
    if pull is None:
        start = event.start
        if start is None and event.base_branch:
            return BaseCommit(revision=event.base_branch, label=event.base_branch)
        return BaseCommit(revision=start.sha, label=start.ref) if start is not None else None
    return BaseCommit(revision=merged_into(history, pull) or pull.base_sha, label=pull.base_ref)


def merged_into(history: History, pull: PullRequest) -> str:
    """Return the commit of the base that the checkout merges a pull request's head into; empty for none."""
    parents = history.parents("HEAD")
    return parents[0] if len(parents) == 2 and parents[1] == pull.head_sha else ""


def at_hand(history: History, base: BaseCommit) -> BaseCommit | None:
    """Return the base by its commit, if git has it; a branch may be the remote's."""
    for name in (base.revision, f"origin/{base.revision}"):
        commit = history.commit(name)
        if commit is not None:
            return BaseCommit(revision=commit, label=base.label)
    return None


def fetch(root: Path, base: BaseCommit, *, token: str, server: str) -> bool:
    """Fetch a commit or branch; returns whether git says that it did.

    Asked without the token first: a public repository needs none, and actions/checkout may have
    left its own, which GitHub refuses beside another. The token travels in the environment.

    Args:
        root: of the checkout.
        base: what to fetch.
        token: may be empty.
        server: of this GitHub, such as `https://github.com`.
    """
    whole = _SHA.fullmatch(base.revision)
    wanted = base.revision if whole else f"+refs/heads/{base.revision}:refs/remotes/origin/{base.revision}"
    depth = ("--depth=1",) if is_shallow(root) else ()
    return _fetch(root, (*depth, "origin", wanted), token=token, server=server)


def is_shallow(root: Path) -> bool:
    """Whether a checkout lacks commits."""
    return _git(root, ("rev-parse", "--is-shallow-repository"), {}) == "true"


def copy_remote(root: Path, repository: Path) -> bool:
    """Make an empty repository with the remote of a checkout; returns whether git did."""
    address = _git(root, ("remote", "get-url", "origin"), {})
    made = _git(root, ("init", "--quiet", "--template=", str(repository)), {}) if address else None
    if made is None or address is None:
        return False
    return _git(repository, ("config", "remote.origin.url", address), {}) is not None


def fetch_commits(repository: Path, commit: str, *, depth: int, token: str, server: str) -> bool:
    """Fetch a commit and those before it, with their folders and without the contents of files.

    Args:
        repository: where they go.
        commit: by its whole name.
        depth: of the history.
        token: as for `fetch`.
        server: as for `fetch`.
    """
    wanted = (f"--depth={depth}", "--filter=blob:none", "origin", commit)
    return bool(_SHA.fullmatch(commit)) and _fetch(
        repository, wanted, token=token, server=server, seconds=SECONDS
    )


def fetch_blobs(repository: Path, names: Sequence[str], *, token: str, server: str) -> bool:
    """Fetch contents of files, by git's names of them, into a repository that has none."""
    wanted = ("--no-write-fetch-head", "--filter=blob:none", "origin", *names)
    return _fetch(repository, wanted, token=token, server=server, seconds=SECONDS)


def log_of(repository: Path, commit: str, path: str, *, most: int) -> str:
    """Return git's raw log of one file, the newest change first."""
    command = ("log", f"-{most}", "--format=", "--raw", "--no-abbrev", "--no-renames", commit, "--", path)
    return _git(repository, command, {"GIT_LITERAL_PATHSPECS": "1"}) or ""


def _fetch(root: Path, wanted: Sequence[str], *, token: str, server: str, seconds: float = 120.0) -> bool:
    quiet = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
    variables = ({}, _credentials(token, server)) if token else ({},)
    return any(_git(root, (*quiet, *wanted), environ, seconds=seconds) is not None for environ in variables)


def _credentials(token: str, server: str) -> Mapping[str, str]:
    parts = urlsplit(server)
    key = f"http.{parts.scheme}://{parts.netloc}/.extraheader"
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    # The empty value drops what stands in the checkout's own configuration.
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": key,
        "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {basic}",
    }


def _git(
    root: Path, arguments: tuple[str, ...], variables: Mapping[str, str], *, seconds: float = 120.0
) -> str | None:
    # No tidying in the background: it would outlive this stage, and its environment with the token.
    quiet = (
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=false",
        "-c",
        "remote.origin.uploadpack=git-upload-pack",
    )
    environ = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_ALLOW_PROTOCOL": _PROTOCOLS}
    return run_git(root, *quiet, *arguments, variables={**environ, **variables}, seconds=seconds)
