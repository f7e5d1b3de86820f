"""A repository that git and the pretended GitHub both know, with pull requests and the workflows that they start."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from action.acting import ROOT, Acted, act
from e2e.project import git, repro
from loopback.hub import Hub
from loopback.state import Artifact, Comment, Commit, Issue, Repository, Run

TINY = ROOT / "tests" / "e2e" / "tiny"
EXAMPLES = ROOT / "examples" / "workflows"
NAME = "octo/models"
BASELINE = "repro.baseline.json"


class Shelf(dict[int, Artifact]):
    """The artifacts of a repository, those among them that a running workflow has just uploaded."""

    def __init__(self, hub: Hub, repo: Repository, folder: Path) -> None:
        super().__init__()
        self._hub, self._repo, self._folder = hub, repo, folder
        self._seen: set[Path] = set()

    def _look(self) -> None:
        for file in sorted(self._folder.glob("*/*.zip")):
            if file not in self._seen:
                self._seen.add(file)
                state, run = self._hub.service.state, self._repo.runs[int(file.parent.name)]
                # By the clock of the machine, on which the action finds out how old it is.
                now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                made = Artifact(state.next_id(), run, file.stem, file.read_bytes(), now)
                super().__setitem__(made.id, made)

    def values(self):
        self._look()
        return super().values()


@dataclass
class Scene:
    """One repository, its clone in which people work, and the runner."""

    hub: Hub
    folder: Path
    home: Path
    action: Path
    repo: Repository = field(init=False)
    token: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.remote, self.work = self.folder / "remote.git", self.folder / "work"
        self.artifacts = self.folder / "artifacts"
        for path in (self.remote, self.artifacts):
            path.mkdir(parents=True)
        git(self.remote, "init", "--quiet", "--bare", ".")
        # As GitHub does: any commit may be asked for.
        git(self.remote, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(self.remote, "config", "uploadpack.allowFilter", "true")
        git(self.folder, "clone", "--quiet", str(self.remote), str(self.work))
        self.repo = self.hub.repository(NAME, collaborators={"alice": "write", "bob": "read"})
        self.repo.artifacts = Shelf(self.hub, self.repo, self.artifacts)

    # People

    def start(self, *folders: str, baseline: bool = False) -> None:
        """Begin `main` with the tiny project in each folder, by default at the top."""
        for place in folders or (".",):
            for source in sorted(TINY.rglob("*")):
                if source.is_file() and "__pycache__" not in source.parts:
                    target = self.work / place / source.relative_to(TINY)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(source.read_bytes())
            if place != ".":
                self.edit(f"{place}/repro.toml", 'name = "tiny"', f'name = "{Path(place).name}"')
            if baseline:
                self.accept(place)
        (self.work / ".gitignore").write_text(".repro/\nout/\n__pycache__/\n", encoding="utf-8")
        git(self.work, "checkout", "--quiet", "-B", "main")
        self.push("main")

    def accept(self, place: str = ".") -> bytes:
        """Train and accept, as on a laptop; returns the baseline."""
        assert repro(self.work / place, "verify", "-q").status in {0, 1, 3}
        assert repro(self.work / place, "accept").status == 0
        return (self.work / place / BASELINE).read_bytes()

    def past(self, *values: float) -> None:
        """Have `main` accept baselines with other metrics, one after the other, and the true one last."""
        true = (self.work / BASELINE).read_text(encoding="utf-8")
        for value in values:
            text = re.sub(r'("rmse": )[0-9.]+', rf"\g<1>{value}", true)
            (self.work / BASELINE).write_text(text, encoding="utf-8")
            self.push("main")
        (self.work / BASELINE).write_text(true, encoding="utf-8")
        self.push("main")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file."""
        text = (self.work / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.work / path).write_text(text.replace(old, new), encoding="utf-8")

    def branch(self, name: str) -> None:
        """Begin a branch of `main`."""
        git(self.work, "checkout", "--quiet", "-B", name, "main")

    def push(self, branch: str, to: Repository | None = None) -> str:
        """Commit everything and push; GitHub then knows the commit by git's own name."""
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "--message", "change")
        sha = git(self.work, "rev-parse", "HEAD").strip()
        git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        repo = to or self.repo
        self._know(repo, sha)
        repo.branches[branch] = sha
        for issue in self.repo.issues.values():
            if issue.pull and issue.pull.head_ref == branch and issue.pull.head_repo is repo:
                issue.pull.head_sha = sha
                self._merge(issue)
        return sha

    def pull(self, branch: str, fork: Repository | None = None) -> Issue:
        """Open a pull request."""
        issue = self.hub.pull(self.repo, branch, head_repo=fork, user=fork.owner if fork else "alice")
        self._merge(issue)
        return issue

    def fetched(self, branch: str) -> None:
        """Take what GitHub itself committed to a branch into git."""
        files = self.repo.commits[self.repo.branches[branch]].files
        git(self.work, "checkout", "--quiet", branch)
        for path, data in files.items():
            (self.work / path).write_bytes(data)
        self.push(branch)

    def _know(self, repo: Repository, sha: str) -> None:
        names = git(self.work, "ls-tree", "-r", "--name-only", sha).splitlines()
        files = {name: (self.work / name).read_bytes() for name in names}
        parents = git(self.work, "rev-list", "--parents", "--max-count=1", sha).split()[1:]
        made = Commit(sha, files, "change", "alice", self.hub.service.state.now(), parents)
        repo.commits[sha] = self.repo.commits[sha] = made

    def _merge(self, issue: Issue) -> None:
        """Make the commit that `pull_request` checks out."""
        assert issue.pull is not None
        git(self.work, "checkout", "--quiet", "--detach", self.repo.branches["main"])
        git(self.work, "merge", "--quiet", "--no-ff", "--message", "merge", issue.pull.head_sha)
        sha = git(self.work, "rev-parse", "HEAD").strip()
        git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{issue.number}/merge")
        self._know(self.repo, sha)
        issue.pull.merge_commit_sha, issue.pull.base_sha = sha, self.repo.branches["main"]
        git(self.work, "checkout", "--quiet", "--force", issue.pull.head_ref)

    # What GitHub starts

    def on_pull_request(
        self, issue: Issue, workflow: str | Path = "simplest.yml", *, event: str = "pull_request", **more: Any
    ) -> Acted:
        """Run a workflow for a pull request; one from a fork gets a token that only reads."""
        pull = issue.pull
        assert pull is not None
        payload = {"action": "synchronize", "number": issue.number, "pull_request": self._pull(issue)}
        run = self.run(pull.head_sha, pull.head_ref, pull.head_repo, event)
        reads = pull.head_repo is not self.repo and event == "pull_request"
        return self.runs(
            workflow, event, payload, run=run, sha=pull.merge_commit_sha, only_reads=reads, **more
        )

    def on_workflow_run(self, run: Run, workflow: str = "fork-safe-publish.yml", **more: Any) -> Acted:
        """Run a workflow because another one ended."""
        payload = {"action": "completed", "workflow_run": self.hub.service.bodies.run(self.repo, run)}
        return self.runs(workflow, "workflow_run", payload, **more)

    def on_comment(self, comment: Comment, workflow: str = "accept.yml", **more: Any) -> Acted:
        """Run a workflow because of a comment."""
        bodies, issue = self.hub.service.bodies, self.repo.issues[comment.number]
        payload = {
            "action": "created",
            "issue": bodies.issue(self.repo, issue),
            "comment": bodies.comment(self.repo, comment),
        }
        return self.runs(workflow, "issue_comment", payload, **more)

    def run(self, sha: str, branch: str, head: Repository | None, event: str) -> Run:
        """A run that goes on."""
        return self.hub.run(
            self.repo,
            sha,
            head_branch=branch,
            head_repo=head,
            event=event,
            status="in_progress",
            conclusion=None,
        )

    def runs(
        self,
        workflow: str | Path,
        event: str,
        payload: Mapping[str, Any],
        *,
        run: Run | None = None,
        sha: str = "",
        only_reads: bool = False,
        variables: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Acted:
        """Run a workflow; its token may do what the workflow declares."""
        place = EXAMPLES / workflow
        sha = sha or self.repo.branches["main"]
        run = run or self.run(sha, "main", self.repo, event)
        git(self.work, "checkout", "--quiet", "--force", "--detach", sha)
        file = self.folder / f"{run.id}.json"
        file.write_text(json.dumps({**payload, "repository": self.hub.service.bodies.repository(self.repo)}))
        self.token = f"ghs_{secrets.token_hex(18)}"
        self.hub.token(self.token, permissions=permissions(place, only_reads=only_reads))
        given = {
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_SERVER_URL": "http://127.0.0.1:9",
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_RUN_ID": str(run.id),
            "TEST_REMOTE": f"file://{self.remote}",
            "TEST_ARTIFACTS": str(self.artifacts),
        }
        acted = act(
            self.work,
            event,
            file,
            place,
            home=self.home,
            action=self.action,
            token=self.token,
            variables={**given, **(variables or {})},
            **more,
        )
        run.status, run.conclusion = "completed", "success" if acted.green else "failure"
        return acted

    def _pull(self, issue: Issue) -> dict[str, Any]:
        return self.hub.service.bodies.pull(self.repo, issue, simple=False)

    def variant(self, workflow: str, old: str, new: str) -> Path:
        """Write an example with one place edited."""
        text = (EXAMPLES / workflow).read_text(encoding="utf-8")
        assert text.count(old) == 1
        made = self.folder / workflow
        made.write_text(text.replace(old, new), encoding="utf-8")
        return made

    # What is seen afterwards

    def comments(self, issue: Issue) -> list[str]:
        """The bodies of a pull request's comments."""
        return [one.body for one in self.hub.comments(self.repo, issue.number)]

    def only_comment(self, issue: Issue) -> str:
        """The body of the one comment that there is."""
        (body,) = self.comments(issue)
        return body

    def writes(self) -> list[str]:
        """The requests that change something, as `POST issues/create-comment`."""
        return [f"{one.method} {one.operation}" for one in self.hub.requests if one.method != "GET"]


def permissions(workflow: Path, *, only_reads: bool = False) -> dict[str, str]:
    """What the jobs of a workflow ask for, all together; GitHub lets a fork's pull request only read."""
    document = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for granted in _granted(document):
        for name, level in granted.items():
            found[name.replace("-", "_")] = "read" if only_reads else max(level, found.get(name, "read"))
    return found


def _granted(workflow: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    yield workflow.get("permissions") or {}
    for job in workflow["jobs"].values():
        yield job.get("permissions") or {}


__all__ = ["BASELINE", "EXAMPLES", "NAME", "Scene", "permissions"]
