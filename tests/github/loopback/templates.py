"""The examples of GitHub's description with our names put in, and the people and repositories that recur."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from loopback.description import Description
from loopback.state import Issue, Pull, Repository, State

SITE = "https://github.com"


class Templates:
    """Makes bodies for one server, whose URLs start with `api`."""

    def __init__(self, description: Description, state: State) -> None:
        self.examples = description.examples
        self.state = state
        self.api = ""
        self.text = lru_cache(maxsize=None)(self._rendered)
        self.user = lru_cache(maxsize=None)(self._user)

    def _rendered(self, example: str, full_name: str) -> str:
        text = json.dumps(self.examples[example]["value"])
        for name in ("octocat/Hello-World", "octo-org/octo-repo", "github/hello-world"):
            text = text.replace(name, full_name)
        return text.replace("https://api.github.com", self.api)

    def example(self, example: str, repo: Repository | None = None, **values: Any) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.text(example, repo.full_name if repo else ""))
        made.update(values)
        return made

    def url(self, repo: Repository, rest: str = "") -> str:
        """Where the API has a thing of a repository."""
        return f"{self.api}/repos/{repo.full_name}{rest}"

    def _user(self, login: str) -> dict[str, Any]:
        """A simple user; nobody changes it."""
        known = self.state.user(login)
        template = json.dumps(json.loads(self.text("issue-comment", ""))["user"])
        return {**json.loads(template.replace("octocat", login)), "id": known.id, "type": known.type}

    def account(self, login: str) -> dict[str, Any]:
        """A user as the endpoints of users tell it."""
        made = json.loads(self.text("public-user-default-response", "").replace("octocat", login))
        known = self.state.user(login)
        return {**made, "login": login, "id": known.id, "type": known.type, "user_view_type": "public"}

    def repository(self, repo: Repository) -> dict[str, Any]:
        """A full repository."""
        made = self.example("full-repository-default-response", repo)
        for name in ("parent", "source", "template_repository", "organization"):
            made.pop(name, None)
        made.update(
            id=repo.id,
            name=repo.name,
            full_name=repo.full_name,
            owner=self.user(repo.owner),
            private=repo.private,
            visibility="private" if repo.private else "public",
            fork=repo.parent is not None,
            default_branch=repo.default_branch,
            language="Python",
            url=self.url(repo),
            html_url=f"{SITE}/{repo.full_name}",
        )
        return made

    def simple_repository(self, repo: Repository) -> dict[str, Any]:
        """A repository inside a workflow run."""
        full, example = self.repository(repo), json.loads(self.text("workflow-run", ""))["repository"]
        return {name: full.get(name, example[name]) for name in example}


def pull_of(issue: Issue) -> Pull:
    """What makes an issue a pull request, where it is one."""
    if issue.pull is None:
        raise TypeError(f"#{issue.number} is not a pull request")
    return issue.pull
