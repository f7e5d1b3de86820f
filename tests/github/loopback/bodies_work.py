"""Workflow runs, artifacts and check runs as GitHub's JSON."""

from __future__ import annotations

from typing import Any

from loopback.state import Artifact, Check, Repository, Run
from loopback.templates import SITE, Templates, pull_of


class WorkBodies(Templates):
    """What Actions and Checks answer with."""

    def run(self, repo: Repository, one: Run) -> dict[str, Any]:
        """A workflow run."""
        here = self.url(repo, f"/actions/runs/{one.id}")
        made = self.example(
            "workflow-run",
            repo,
            id=one.id,
            node_id=f"WFR_{one.id}",
            name="repro",
            path=one.path,
            head_branch=one.head_branch,
            head_sha=one.head_sha,
            event=one.event,
            status=one.status,
            conclusion=one.conclusion,
            run_attempt=one.attempt,
            url=here,
            html_url=f"{SITE}/{repo.full_name}/actions/runs/{one.id}",
            actor=self.user(one.actor),
            triggering_actor=self.user(one.actor),
            repository=self.simple_repository(repo),
            head_repository=self.simple_repository(one.head_repo),
            created_at=one.created_at,
            updated_at=one.created_at,
            run_started_at=one.created_at,
            pull_requests=[self._pull_of_run(repo, number) for number in one.pulls],
        )
        made.update(
            {f"{name}_url": f"{here}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")}
        )
        return made

    def _pull_of_run(self, repo: Repository, number: int) -> dict[str, Any]:
        pull = pull_of(repo.issues[number])
        side = {"id": repo.id, "url": self.url(repo), "name": repo.name}
        return {
            "id": repo.issues[number].id,
            "number": number,
            "url": self.url(repo, f"/pulls/{number}"),
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": side},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": side},
        }

    def artifact(self, repo: Repository, one: Artifact) -> dict[str, Any]:
        """An artifact of a run."""
        here = self.url(repo, f"/actions/artifacts/{one.id}")
        return {
            "id": one.id,
            "node_id": f"A_{one.id}",
            "name": one.name,
            "size_in_bytes": len(one.data),
            "url": here,
            "archive_download_url": f"{here}/zip",
            "expired": one.expired,
            "created_at": one.created_at,
            "expires_at": one.created_at.replace("2026", "2027"),
            "updated_at": one.created_at,
            "digest": one.digest,
            "workflow_run": {
                "id": one.run.id,
                "repository_id": repo.id,
                "head_repository_id": one.run.head_repo.id,
                "head_branch": one.run.head_branch,
                "head_sha": one.run.head_sha,
            },
        }

    def check(self, repo: Repository, one: Check) -> dict[str, Any]:
        """A check run."""
        here = self.url(repo, f"/check-runs/{one.id}")
        made = self.example("check-run-example-of-in-progress-conclusion", repo, id=one.id, url=here)
        output = one.values.get("output", {})
        values = {
            "conclusion": None,
            "completed_at": None,
            "external_id": "",
            "details_url": SITE,
            "status": "queued",
            **{name: value for name, value in one.values.items() if name not in ("output", "actions")},
            "pull_requests": [],
            "html_url": f"{SITE}/{repo.full_name}/runs/{one.id}",
            "output": {
                "title": output.get("title"),
                "summary": output.get("summary"),
                "text": output.get("text"),
                "annotations_count": len(one.annotations),
                "annotations_url": f"{here}/annotations",
            },
        }
        return {**made, **values}
