"""What the pretended GitHub knows: users, tokens, repositories and all that hangs on them; its clock counts writes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class User:
    """An account."""

    login: str
    id: int
    type: str = "User"


@dataclass(frozen=True)
class Token:
    """What a secret may do: permissions as in a workflow file, with underscores."""

    secret: str
    user: str = "github-actions[bot]"
    permissions: dict[str, str] = field(default_factory=dict)
    installation: bool = True

    def has(self, permission: str, level: str) -> bool:
        """Whether the permission is granted at the level or above; metadata can always be read."""
        granted = self.permissions.get(permission, "read" if permission == "metadata" else "none")
        order = ("none", "read", "write", "admin")
        return order.index(granted) >= order.index(level)


@dataclass
class Commit:
    """A commit: all files at it."""

    sha: str
    files: dict[str, bytes]
    message: str
    author: str
    at: str
    parents: list[str]


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    number: int
    user: str
    body: str
    created_at: str
    updated_at: str
    reactions: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass
class Pull:
    """What makes an issue a pull request; the head's repository is None once the fork is deleted."""

    head_repo: Repository | None
    head_owner: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    merge_commit_sha: str
    merged: bool = False
    draft: bool = False


@dataclass
class Issue:
    """An issue, or a pull request where `pull` is set."""

    id: int
    number: int
    title: str
    body: str | None
    user: str
    created_at: str
    updated_at: str
    state: str = "open"
    state_reason: str | None = None
    locked: bool = False
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    pull: Pull | None = None


@dataclass
class Run:
    """A workflow run."""

    id: int
    head_sha: str
    head_branch: str
    head_repo: Repository
    event: str
    path: str
    status: str
    conclusion: str | None
    actor: str
    created_at: str
    pulls: list[int]
    attempt: int = 1


@dataclass
class Artifact:
    """The zip file that a run left behind."""

    id: int
    run: Run
    name: str
    data: bytes
    created_at: str
    expired: bool = False

    @property
    def digest(self) -> str:
        """As GitHub states it since artifacts v4."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()


@dataclass
class Check:
    """A check run; annotations add up over updates."""

    id: int
    values: dict[str, Any]
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Repository:
    """A repository.

    `collaborators` maps a login to a role, `protected` names branches that only merges change, `trees` and `blobs`
    have what was made by itself, `dispatchable` names workflows that can be started, `dispatched` those that were, and
    for which branch.
    """

    id: int
    owner: str
    name: str
    private: bool = True
    parent: Repository | None = None
    default_branch: str = "main"
    collaborators: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    protected: set[str] = field(default_factory=set)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    checks: dict[int, Check] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    dispatchable: set[str] = field(default_factory=set)
    dispatched: list[tuple[str, str]] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """owner/name."""
        return f"{self.owner}/{self.name}"

    def resolve(self, ref: str) -> str | None:
        """The commit that a branch, a full ref or a sha means here."""
        short = ref.removeprefix("refs/").removeprefix("heads/")
        if short in self.branches:
            return self.branches[short]
        if ref in self.commits:
            return ref
        parts = ref.removeprefix("refs/").split("/")
        if len(parts) == 3 and parts[0] == "pull" and parts[1].isdigit():
            issue = self.issues.get(int(parts[1]))
            if issue and issue.pull:
                return issue.pull.head_sha if parts[2] == "head" else issue.pull.merge_commit_sha
        return None

    def before(self, sha: str) -> list[str]:
        """A commit and all that came before it, the nearest first."""
        found = [sha]
        for one in found:
            found += [parent for parent in self.commits[one].parents if parent not in found]
        return found

    def file(self, path: str, ref: str | None = None) -> bytes | None:
        """A file's content at a ref."""
        sha = self.resolve(ref or self.default_branch)
        return self.commits[sha].files.get(path) if sha in self.commits else None


def blob_sha(data: bytes) -> str:
    """Git's name for a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class State:
    """All of it, with the counters that make ids, shas and times."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self._last_id = 1000
        self._ticks = 0

    def next_id(self) -> int:
        """A number that no other object has; it also names the time of the event."""
        self._last_id += 1
        return self._last_id

    def now(self) -> str:
        """A time one second later than the last."""
        self._ticks += 1
        return (START + timedelta(seconds=self._ticks)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def user(self, login: str) -> User:
        """The account of that login, made where there was none."""
        if login not in self.users:
            kind = "Bot" if login.endswith("[bot]") else "User"
            self.users[login] = User(
                login, 41898282 if login == "github-actions[bot]" else self.next_id(), kind
            )
        return self.users[login]

    def commit(
        self, repo: Repository, branch: str, files: dict[str, bytes | None], message: str, author: str
    ) -> Commit:
        """Commit on a branch; None removes a file."""
        tip = repo.branches.get(branch)
        tree = dict(repo.commits[tip].files) if tip else {}
        tree.update({path: data for path, data in files.items() if data is not None})
        for path, data in files.items():
            if data is None:
                tree.pop(path, None)
        sha = hashlib.sha1(f"{repo.full_name} {self.next_id()}".encode(), usedforsecurity=False).hexdigest()
        repo.commits[sha] = Commit(sha, tree, message, author, self.now(), [tip] if tip else [])
        return self.move(repo, branch, sha)

    def move(self, repo: Repository, branch: str, sha: str) -> Commit:
        """Let a branch be at a commit; open pull requests from it move with it."""
        made = repo.commits[sha]
        repo.branches[branch] = sha
        for other in self.repositories.values():
            for issue in other.issues.values():
                pull = issue.pull
                if pull and issue.state == "open" and pull.head_repo is repo and pull.head_ref == branch:
                    pull.head_sha = sha
                    pull.base_sha = other.branches[pull.base_ref]
                    other.commits[sha] = made
        return made
