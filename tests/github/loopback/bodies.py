"""State as GitHub's JSON: the description's own examples, with our names, numbers and shas put in."""

from __future__ import annotations

import base64
import json
from typing import Any

from loopback.bodies_work import WorkBodies
from loopback.state import Comment, Commit, Issue, Repository, blob_sha
from loopback.templates import SITE, pull_of


class Bodies(WorkBodies):
    """All bodies of one server, whose URLs start with `api`."""

    def comment(self, repo: Repository, one: Comment) -> dict[str, Any]:
        """A comment on an issue or a pull request."""
        issue = repo.issues[one.number]
        place = "pull" if issue.pull else "issues"
        kind = (
            "OWNER"
            if one.user == repo.owner
            else "COLLABORATOR"
            if one.user in repo.collaborators
            else "NONE"
        )
        return self.example(
            "issue-comment",
            repo,
            id=one.id,
            node_id=f"IC_{one.id}",
            url=self.url(repo, f"/issues/comments/{one.id}"),
            html_url=f"{SITE}/{repo.full_name}/{place}/{one.number}#issuecomment-{one.id}",
            issue_url=self.url(repo, f"/issues/{one.number}"),
            body=one.body,
            user=self.user(one.user),
            created_at=one.created_at,
            updated_at=one.updated_at,
            author_association=kind,
        )

    def reaction(self, number: int, user: str, content: str) -> dict[str, Any]:
        """A reaction to a comment."""
        return self.example(
            "reaction", id=number, node_id=f"REA_{number}", user=self.user(user), content=content
        )

    def label(self, repo: Repository, name: str) -> dict[str, Any]:
        """A label."""
        url = self.url(repo, f"/labels/{name}")
        return self.example(
            "label", repo, name=name, url=url, color=repo.labels.get(name, "ededed"), default=False
        )

    def issue(self, repo: Repository, one: Issue) -> dict[str, Any]:
        """An issue, or a pull request seen as an issue."""
        here = self.url(repo, f"/issues/{one.number}")
        place = f"{SITE}/{repo.full_name}/{'pull' if one.pull else 'issues'}/{one.number}"
        made = self.example(
            "issue",
            repo,
            id=one.id,
            node_id=f"I_{one.id}",
            url=here,
            html_url=place,
            number=one.number,
            title=one.title,
            body=one.body,
            state=one.state,
            state_reason=one.state_reason,
            locked=one.locked,
            user=self.user(one.user),
            labels=[self.label(repo, name) for name in one.labels],
            assignees=[self.user(login) for login in one.assignees],
            assignee=self.user(one.assignees[0]) if one.assignees else None,
            milestone=None,
            comments=sum(comment.number == one.number for comment in repo.comments.values()),
            created_at=one.created_at,
            updated_at=one.updated_at,
            closed_at=one.updated_at if one.state == "closed" else None,
            closed_by=None,
            repository=self.repository(repo),
        )
        made.update({f"{name}_url": f"{here}/{name}" for name in ("comments", "events")})
        made["labels_url"] = f"{here}/labels{{/name}}"
        made.pop("pull_request", None)
        if one.pull:
            pull = self.url(repo, f"/pulls/{one.number}")
            made["pull_request"] = {"url": pull, "html_url": place}
            made["pull_request"] |= {
                "diff_url": f"{place}.diff",
                "patch_url": f"{place}.patch",
                "merged_at": None,
            }
        return made

    def pull(self, repo: Repository, one: Issue, *, simple: bool) -> dict[str, Any]:
        """A pull request, in full or as lists have it."""
        pull = pull_of(one)
        example = "pull-request-simple-items" if simple else "pull-request"
        text = self.text(example, repo.full_name).replace("/1347", f"/{one.number}")
        made: dict[str, Any] = json.loads(text)[0] if simple else json.loads(text)
        made.update(
            id=one.id,
            node_id=f"PR_{one.id}",
            number=one.number,
            title=one.title,
            body=one.body,
            state=one.state,
            locked=one.locked,
            draft=pull.draft,
            user=self.user(one.user),
            labels=[],
            assignee=None,
            assignees=[],
            milestone=None,
            requested_reviewers=[],
            requested_teams=[],
            active_lock_reason=None,
            created_at=one.created_at,
            updated_at=one.updated_at,
            closed_at=one.updated_at if one.state == "closed" else None,
            merged_at=one.updated_at if pull.merged else None,
            merge_commit_sha=pull.merge_commit_sha,
            head=self._side(pull.head_repo, pull.head_owner, pull.head_ref, pull.head_sha),
            base=self._side(repo, repo.owner, pull.base_ref, pull.base_sha),
            url=self.url(repo, f"/pulls/{one.number}"),
            html_url=f"{SITE}/{repo.full_name}/pull/{one.number}",
        )
        if not simple:
            made.update(merged=pull.merged, merged_by=None, comments=0)
        return made

    def _side(self, repo: Repository | None, owner: str, ref: str, sha: str) -> dict[str, Any]:
        body = self.repository(repo) if repo else None
        return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": self.user(owner), "repo": body}

    def content(self, repo: Repository, path: str, data: bytes, ref: str) -> dict[str, Any]:
        """A file as the contents endpoint gives it; above one megabyte without its content."""
        here, sha = self.url(repo, f"/contents/{path}?ref={ref}"), blob_sha(data)
        git, site = self.url(repo, f"/git/blobs/{sha}"), f"{SITE}/{repo.full_name}/blob/{ref}/{path}"
        small = len(data) <= 1 << 20
        return {
            "type": "file",
            "encoding": "base64" if small else "none",
            "size": len(data),
            "name": path.rpartition("/")[2],
            "path": path,
            "content": base64.encodebytes(data).decode() if small else "",
            "sha": sha,
            "url": here,
            "git_url": git,
            "html_url": site,
            "download_url": f"{SITE}/{repo.full_name}/raw/{ref}/{path}",
            "_links": {"git": git, "self": here, "html": site},
        }

    def commit(self, repo: Repository, one: Commit) -> dict[str, Any]:
        """A commit."""
        made = self.example(
            "commit",
            repo,
            sha=one.sha,
            url=self.url(repo, f"/commits/{one.sha}"),
            html_url=f"{SITE}/{repo.full_name}/commit/{one.sha}",
            author=self.user(one.author),
            committer=self.user(one.author),
            parents=[{"sha": sha, "url": self.url(repo, f"/commits/{sha}")} for sha in one.parents],
        )
        made["commit"]["message"] = one.message
        made["files"] = self._changes(repo, one)
        return made

    def _changes(self, repo: Repository, one: Commit) -> list[dict[str, Any]]:
        """The files in which a commit differs from its first parent, each counted as one line."""
        return self.changes(repo, repo.commits[one.parents[0]].files if one.parents else {}, one)

    def changes(self, repo: Repository, old: dict[str, bytes], one: Commit) -> list[dict[str, Any]]:
        """The files in which a commit differs from others, each counted as one line."""
        changes = []
        for path in sorted(old.keys() | one.files.keys()):
            if old.get(path) == one.files.get(path):
                continue
            status = "removed" if path not in one.files else "modified" if path in old else "added"
            site = f"{SITE}/{repo.full_name}"
            changes.append(
                {
                    "sha": blob_sha(one.files.get(path, b"")),
                    "filename": path,
                    "status": status,
                    "additions": int(status != "removed"),
                    "deletions": int(status != "added"),
                    "changes": 1 + (status == "modified"),
                    "blob_url": f"{site}/blob/{one.sha}/{path}",
                    "raw_url": f"{site}/raw/{one.sha}/{path}",
                    "contents_url": self.url(repo, f"/contents/{path}?ref={one.sha}"),
                }
            )
        return changes

    def file_commit(self, repo: Repository, one: Commit, content: dict[str, Any]) -> dict[str, Any]:
        """What a write to a file answers."""
        made = self.example("file-commit-example-for-updating-a-file", repo)
        made["content"] = {
            name: value for name, value in content.items() if name not in ("content", "encoding")
        }
        made["commit"].update(sha=one.sha, message=one.message, url=self.url(repo, f"/git/commits/{one.sha}"))
        made["commit"]["parents"] = [
            {"sha": sha, "url": self.url(repo, f"/git/commits/{sha}"), "html_url": f"{SITE}/{repo.full_name}"}
            for sha in one.parents
        ]
        return made
