"""The server as tests use it: make a world, point a client at it, look at what happened."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from typing import Any, Literal

from loopback.description import Description
from loopback.faults import KINDS, Chance, Fault, Kind
from loopback.server import Server
from loopback.service import Request, Service
from loopback.state import Artifact, Comment, Issue, Pull, Repository, Run, Token


class Hub:
    """A GitHub of one's own."""

    def __init__(self, description: Description, base: str = "") -> None:
        self.service = Service(description, base)
        self._server = Server(self.service)
        port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{port}{base}"
        self.graphql_url = f"http://127.0.0.1:{port}{self.service.graphql}"
        self.service.bodies.api = self.url
        # Another name of the same machine: a client that is careful with its token sees another host.
        self.service.blobs = f"http://localhost:{port}/_blobs"

    @property
    def requests(self) -> list[Request]:
        """All requests so far."""
        return self.service.requests

    @property
    def violations(self) -> list[str]:
        """What GitHub would not have taken, and what we should not have answered."""
        return self.service.violations

    def stop(self) -> None:
        """End it."""
        self._server.stop()

    def check(self) -> None:
        """Fail where a request or an answer broke the description."""
        if self.violations:
            raise AssertionError("GitHub's API was not kept to:\n  " + "\n  ".join(self.violations))

    # What goes wrong

    def fault(
        self,
        kind: Kind,
        *,
        method: str = "",
        path: str = "",
        count: int = 1,
        when: Literal["before", "after"] = "before",
        seconds: float = 0,
    ) -> Fault:
        """The next requests with this method and a path that the pattern is found in go wrong."""
        one = Fault(kind, method, path, count, when, seconds)
        with self.service.lock:
            self.service.faults.append(one)
        return one

    def random_faults(
        self,
        rng: random.Random,
        probability: float,
        *,
        kinds: Sequence[Kind] = KINDS,
        seconds: float = 0,
        limit: int | None = None,
    ) -> None:
        """From now on each request goes wrong with this probability, at most `limit` times."""
        with self.service.lock:
            self.service.chance = Chance(rng, probability, tuple(kinds), seconds, limit)

    def no_faults(self) -> None:
        """From now on nothing goes wrong."""
        with self.service.lock:
            self.service.chance = None
            self.service.faults.clear()

    # What there is

    def token(
        self,
        secret: str,
        *,
        user: str = "github-actions[bot]",
        permissions: dict[str, str] | None = None,
        installation: bool = True,
    ) -> Token:
        """A token; as for GITHUB_TOKEN, what is not named is not granted."""
        made = Token(secret, user, dict(permissions or {}), installation)
        self.service.state.user(user)
        self.service.state.tokens[secret] = made
        return made

    def repository(
        self,
        full_name: str,
        *,
        files: dict[str, bytes] | None = None,
        private: bool = True,
        collaborators: dict[str, str] | None = None,
    ) -> Repository:
        """A repository whose first commit holds the files. A private one is the stricter test of permissions."""
        state, (owner, _, name) = self.service.state, full_name.partition("/")
        state.user(owner)
        for login in collaborators or ():
            state.user(login)
        made = Repository(state.next_id(), owner, name, private, collaborators=dict(collaborators or {}))
        state.repositories[full_name.lower()] = made
        state.commit(made, made.default_branch, dict(files or {}), "first", owner)
        return made

    def fork(self, repo: Repository, owner: str) -> Repository:
        """A fork with the same branches."""
        made = self.repository(f"{owner}/{repo.name}", private=repo.private)
        made.parent, made.branches, made.commits = repo, dict(repo.branches), dict(repo.commits)
        return made

    def commit(
        self, repo: Repository, branch: str, files: dict[str, bytes | None], *, author: str | None = None
    ) -> str:
        """The sha of a new commit on a branch, which starts at the default branch; None removes a file."""
        with self.service.lock:
            repo.branches.setdefault(branch, repo.branches[repo.default_branch])
            return self.service.state.commit(repo, branch, files, "change", author or repo.owner).sha

    def issue(self, repo: Repository, title: str, *, user: str | None = None, **values: Any) -> Issue:
        """An issue."""
        with self.service.lock:
            state = self.service.state
            now, number = state.now(), max(repo.issues, default=0) + 1
            made = Issue(
                state.next_id(), number, title, values.pop("body", None), user or repo.owner, now, now
            )
            for name, value in values.items():
                setattr(made, name, value)
            state.user(made.user)
            repo.labels.update({name: "ededed" for name in made.labels if name not in repo.labels})
            repo.issues[number] = made
            return made

    def pull(
        self,
        repo: Repository,
        head: str,
        *,
        head_repo: Repository | None = None,
        base: str = "main",
        user: str | None = None,
        title: str = "A change",
        body: str | None = None,
    ) -> Issue:
        """A pull request from a branch, of a fork where `head_repo` is given."""
        source = head_repo or repo
        sha, merge = source.branches[head], f"{self.service.state.next_id():040x}"
        made = self.issue(repo, title, user=user or source.owner, body=body)
        made.pull = Pull(source, source.owner, head, sha, base, repo.branches[base], merge)
        repo.commits[sha] = repo.commits[merge] = source.commits[sha]
        return made

    def comment(
        self, repo: Repository, number: int, body: str, *, user: str = "github-actions[bot]"
    ) -> Comment:
        """A comment on an issue or a pull request."""
        with self.service.lock:
            state = self.service.state
            now = state.now()
            state.user(user)
            made = Comment(state.next_id(), number, user, body, now, now)
            repo.comments[made.id] = made
            return made

    def comments(self, repo: Repository, number: int) -> list[Comment]:
        """The comments on an issue or a pull request, oldest first."""
        return [one for one in repo.comments.values() if one.number == number]

    def run(
        self,
        repo: Repository,
        head_sha: str,
        *,
        head_branch: str = "topic",
        head_repo: Repository | None = None,
        event: str = "pull_request",
        path: str = ".github/workflows/repro.yml",
        status: str = "completed",
        conclusion: str | None = "success",
        actor: str = "alice",
    ) -> Run:
        """A workflow run; as on GitHub it names its pull requests only where they come from the repository."""
        state = self.service.state
        source = head_repo or repo
        pulls = [
            number
            for number, one in repo.issues.items()
            if one.pull and one.pull.head_repo is source is repo and one.pull.head_sha == head_sha
        ]
        number, now = state.next_id(), state.now()
        made = Run(number, head_sha, head_branch, source, event, path, status, conclusion, actor, now, pulls)
        repo.runs[number] = made
        return made

    def artifact(self, repo: Repository, run: Run, name: str, content: dict[str, bytes] | bytes) -> Artifact:
        """An artifact: files to be zipped, or the bytes of a zip, good or bad."""
        data = content if isinstance(content, bytes) else _zipped(content)
        made = Artifact(self.service.state.next_id(), run, name, data, self.service.state.now())
        repo.artifacts[made.id] = made
        return made


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
