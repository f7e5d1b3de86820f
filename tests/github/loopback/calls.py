"""A valid and permitted request on its way to the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loopback.answers import Answer, not_found, page
from loopback.bodies import Bodies
from loopback.state import Comment, Issue, Repository, State, Token


@dataclass(frozen=True)
class Call:
    """What a handler needs to know."""

    path: dict[str, str]
    query: dict[str, Any]
    body: Any
    token: Token
    state: State
    bodies: Bodies
    url: str
    blobs: str
    found: Repository | None

    @property
    def repo(self) -> Repository:
        """The repository in the path."""
        if self.found is None:
            raise not_found()
        return self.found

    def issue(self) -> Issue:
        """The issue or pull request in the path."""
        one = self.repo.issues.get(int(self.path["issue_number"]))
        if one is None:
            raise not_found()
        return one

    def comment(self) -> Comment:
        """The comment in the path."""
        one = self.repo.comments.get(int(self.path["comment_id"]))
        if one is None:
            raise not_found()
        return one

    def is_pull(self) -> bool | None:
        """Whether the request is about a pull request; None where it is about neither kind."""
        if self.found is None:
            return None
        number = self.path.get("issue_number")
        if "comment_id" in self.path:
            comment = self.found.comments.get(int(self.path["comment_id"]))
            number = str(comment.number) if comment else None
        issue = self.found.issues.get(int(number)) if number else None
        return None if issue is None else issue.pull is not None

    def page(self, items: list[Any], make: Callable[[Any], Any]) -> Answer:
        """A page of a list; only what is on it is made."""
        chosen, headers = page(items, self.query, self.url)
        return Answer(200, [make(one) for one in chosen], headers)

    def counted_page(self, name: str, items: list[Any], make: Callable[[Any], Any]) -> Answer:
        """A page of a list that comes in an object with its total."""
        answer = self.page(items, make)
        answer.body = {"total_count": len(items), name: answer.body}
        return answer


Handler = Callable[[Call], Answer]
HANDLERS: dict[str, Handler] = {}


def serves(operation: str) -> Callable[[Handler], Handler]:
    """The function answers this operation of the description."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register
