# SPDX-License-Identifier: Apache-2.0
"""PyGithub as `github.py` uses it: one client of one repository, and the one door to every request.

PyGithub's own repetitions are switched off: it would send a POST again after a 5xx, which makes
two comments, and would wait an hour for a rate limit. `retry` repeats instead. Objects are
made from their addresses, complete, so that none is fetched before something of it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from repro_action import __version__
from repro_action.sinks.github import download
from repro_action.sinks.github.error_mapping import Needs, mapped_errors
from repro_action.sinks.github.port import CodeHostError
from repro_action.sinks.github.retry import Repeat, RetryBounds

if TYPE_CHECKING:
    from github.CheckRun import CheckRun
    from github.Commit import Commit
    from github.GithubObject import GithubObject
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PaginatedList import PaginatedList
    from github.Requester import Requester
    from github.WorkflowRun import WorkflowRun

T = TypeVar("T")
U = TypeVar("U", bound="GithubObject")

LISTED = 10_000
"""Things of one listing."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


class Client:
    """The client of one repository.

    Attributes:
        repository: `owner/name`.
        repo: PyGithub's object of it.
    """

    def __init__(
        self, repository: str, *, token: str, api_url: str, timeout: int, bounds: RetryBounds
    ) -> None:
        """Prepare; see `GitHub`.

        Raises:
            CodeHostError: an argument cannot be right.
        """
        from github import Auth, Github
        from github.Repository import Repository

        _check(repository, token, api_url)
        self.repository = repository
        self._api = api_url.rstrip("/")
        self._timeout = timeout
        self._retry = bounds
        github = Github(
            auth=Auth.Token(token),
            base_url=self._api,
            timeout=timeout,
            user_agent=f"repro-action/{__version__}",
            per_page=100,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._requester: Requester = github.requester
        # NOTE: `get_repo` asks for it at once before PyGithub 2.9, lazy or not.
        self.repo = Repository(self._requester, {}, {"url": self._path("")}, completed=True)

    def ask(self, doing: str, needs: Needs, call: Callable[[], T], repeat: Repeat = Repeat.READ) -> T:
        """Return what `call` returns, which asks GitHub.

        Args:
            doing: what for, for people.
            needs: permissions that it needs.
            call: may raise what PyGithub raises.
            repeat: whether it may be asked again after no answer.

        Raises:
            CodeHostError: see `GitHub`.
        """

        def once() -> T:
            with mapped_errors(doing, needs):
                return call()

        return self._retry.ask(once, repeat)

    def every(
        self, doing: str, needs: Needs, listing: PaginatedList[U], value: Callable[[U], T | None]
    ) -> tuple[T, ...]:
        """Return the values of all pages; a listing that broke goes on at the page where it did.

        Args:
            doing: what is asked for, for errors.
            needs: permissions.
            listing: of PyGithub.
            value: converts one; None leaves it out.

        Raises:
            CodeHostError: see `GitHub`; there are more than `LISTED`.
        """

        def pages() -> tuple[T, ...]:
            found = list(islice(listing, LISTED + 1))
            if len(found) > LISTED:
                raise CodeHostError(f"there are more than {LISTED:,}: {doing}")
            return _some(value(one) for one in found)

        return self.ask(doing, needs, pages)

    def issue(self, number: int) -> Issue:
        """Return an issue, or a pull request as one, without asking."""
        from github.Issue import Issue

        return Issue(self._requester, {}, {"url": self._path(f"/issues/{number:d}")}, completed=True)

    def comment(self, comment: int) -> IssueComment:
        """Return a comment of an issue or a pull request, without asking."""
        from github.IssueComment import IssueComment

        url = self._path(f"/issues/comments/{comment:d}")
        return IssueComment(self._requester, {}, {"url": url}, completed=True)

    def check(self, check: int) -> CheckRun:
        """Return a check of a commit, without asking."""
        from github.CheckRun import CheckRun

        return CheckRun(self._requester, {}, {"url": self._path(f"/check-runs/{check:d}")}, completed=True)

    def commit(self, sha: str) -> Commit:
        """Return a commit, without asking."""
        from github.Commit import Commit

        return Commit(self._requester, {}, {"url": self._path(f"/commits/{sha}")}, completed=True)

    def run(self, run: int) -> WorkflowRun:
        """Return a workflow run that knows where its artifacts are listed, without asking."""
        from github.WorkflowRun import WorkflowRun

        url = self._path(f"/actions/runs/{run:d}")
        data = {"url": url, "artifacts_url": f"{url}/artifacts"}
        return WorkflowRun(self._requester, {}, data, completed=True)

    def head(self, branch: str) -> object:
        """Return the commit of a branch; may raise what PyGithub raises."""
        path = self._path(f"/git/ref/heads/{quote(branch)}")
        _, data = self._requester.requestJsonAndCheck("GET", path)
        return data["object"]["sha"]

    def begin(self, branch: str, commit: str) -> None:
        """Make a branch, which must not be there; may raise what PyGithub raises."""
        values = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._requester.requestJsonAndCheck("POST", self._path("/git/refs"), input=values)

    def move(self, branch: str, commit: str) -> None:
        """Move a branch forward; may raise what PyGithub raises."""
        path = self._path(f"/git/refs/heads/{quote(branch)}")
        self._requester.requestJsonAndCheck("PATCH", path, input={"sha": commit, "force": False})

    def dispatch(self, file: str, branch: str) -> None:
        """Start a workflow for a branch; may raise what PyGithub raises."""
        path = self._path(f"/actions/workflows/{quote(file, safe='')}/dispatches")
        self._requester.requestJsonAndCheck("POST", path, input={"ref": branch})

    def viewer(self) -> str:
        """Return the login of the token; may raise what PyGithub raises.

        Raises:
            TypeError: GitHub's answer has no login.
        """
        # NOTE: `GET /user` is forbidden to GITHUB_TOKEN; this query is not.
        _, data = self._requester.graphql_query("query { viewer { login } }", {})
        login = data["data"]["viewer"]["login"]
        if not isinstance(login, str):
            raise TypeError(login)
        return login

    def fetch(self, artifact: int, limit: int) -> bytes:
        """Return an artifact's zip file; may raise what PyGithub raises.

        Raises:
            GithubException: GitHub does not say where the file is.
        """
        from github import GithubException

        status, headers, _ = self._requester.requestJson(
            "GET", self._path(f"/actions/artifacts/{artifact:d}/zip")
        )
        if status not in {301, 302, 307, 308}:
            # NOTE: without its text, which may be the file itself.
            raise GithubException(status if status >= 400 else 500, None, headers)
        return download.fetch(
            str(headers["location"]), api=self._api, limit=limit, timeout=float(self._timeout)
        )

    def _path(self, rest: str) -> str:
        return f"/repos/{self.repository}{rest}"


def _some(values: Iterable[T | None]) -> tuple[T, ...]:
    return tuple(value for value in values if value is not None)


def _check(repository: str, token: str, api_url: str) -> None:
    if not _NAME.fullmatch(repository):
        raise CodeHostError(
            "the repository is not known",
            remedy="In a workflow GITHUB_REPOSITORY names it, as `owner/name`.",
        )
    if not _TOKEN.fullmatch(token):
        # NOTE: the token is not shown, not even a wrong one.
        raise CodeHostError(
            "there is no token for GitHub"
            if not token
            else "the token contains characters that no GitHub token has",
            remedy="Give the action `token: ${{ github.token }}`.",
        )
    try:
        parts = urlsplit(api_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))
    except ValueError:
        safe = False
    if not safe:
        raise CodeHostError(
            "GITHUB_API_URL is not an https address",
            why="The token would be sent unencrypted.",
        )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
