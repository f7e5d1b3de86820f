"""Answers in GitHub's words: its error bodies, and its pages with Link headers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

DOCS = "https://docs.github.com/rest"


@dataclass
class Answer:
    """A status, headers and a body; `raw` is sent as it is."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def encoded(self) -> bytes:
        """The bytes of the body."""
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


class Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


def error(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """GitHub's shape of an error."""
    body = {"message": message, **more, "documentation_url": DOCS, "status": str(status)}
    return Answer(status, body, headers or {})


def not_found() -> Refused:
    """What is missing and what may not be seen look the same."""
    return Refused(error(404, "Not Found"))


def invalid(resource: str, field_: str, code: str, message: str) -> Refused:
    """A value that the schema allows and GitHub does not."""
    one = {"resource": resource, "code": code, "field": field_, "message": message}
    return Refused(error(422, "Validation Failed", errors=[one]))


def page(items: list[Any], query: dict[str, Any], url: str) -> tuple[list[Any], dict[str, str]]:
    """One page of the items and the Link header that leads to the others."""
    size = query.get("per_page", 30)
    size = min(size, 100) if size > 0 else 30
    at = max(query.get("page", 1), 1)
    last = max(-(-len(items) // size), 1)
    links, same = (
        [],
        {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()},
    )

    def link(number: int, name: str) -> None:
        links.append(f'<{url}?{urlencode({**same, "page": number})}>; rel="{name}"')

    if at > 1:
        link(min(at - 1, last), "prev")
    if at < last:
        link(at + 1, "next")
        link(last, "last")
    if at > 1:
        link(1, "first")
    return items[(at - 1) * size : at * size], {"Link": ", ".join(links)} if links else {}
