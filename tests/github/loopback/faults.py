"""Faults: what goes wrong between a client and GitHub, and for which requests."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import Literal

from loopback.answers import DOCS, Answer, error

Kind = Literal[
    "forbidden",  # 403, the token may not
    "not_found",  # 404
    "invalid",  # 422
    "too_many",  # 429 with Retry-After
    "secondary",  # 403, secondary rate limit, with Retry-After
    "primary",  # 403, primary rate limit, with X-RateLimit-Reset
    "error",  # 500
    "bad_gateway",  # 502
    "unavailable",  # 503
    "drop",  # the connection ends without an answer
    "truncate",  # the body ends early
    "garbage",  # 200 and a body that is not JSON
    "slow",  # the answer comes late
]
KINDS: tuple[Kind, ...] = (
    "forbidden", "not_found", "invalid", "too_many", "secondary", "primary", "error",
    "bad_gateway", "unavailable", "drop", "truncate", "garbage",
)  # fmt: skip
AMBIGUOUS = ("error", "bad_gateway", "unavailable", "drop", "slow")


@dataclass
class Fault:
    """A fault that meets the next `count` requests with this method and a path that the pattern is found in.

    With `when="after"` the request has its effect and the client cannot know; the kinds that cut or spoil a
    body are always after, those by which GitHub refuses always before.
    """

    kind: Kind
    method: str = ""
    path: str = ""
    count: int = 1
    when: Literal["before", "after"] = "before"
    seconds: float = 0
    hits: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether the fault is for this request."""
        return self.count > 0 and self.method in ("", method) and re.search(self.path, path) is not None

    def take(self) -> Fault:
        """Use it up by one."""
        self.count -= 1
        self.hits += 1
        return self

    @property
    def effect(self) -> bool:
        """Whether the request is carried out all the same."""
        return self.kind in ("truncate", "garbage", "slow") or (
            self.when == "after" and self.kind in AMBIGUOUS
        )

    def answer(self, *, installation: bool = True) -> Answer:
        """What GitHub says instead."""
        wait = {"Retry-After": str(int(self.seconds))}
        match self.kind:
            case "forbidden":
                who = "integration" if installation else "personal access token"
                return error(403, f"Resource not accessible by {who}")
            case "not_found":
                return error(404, "Not Found")
            case "invalid":
                return error(422, "Validation Failed", errors=[{"code": "custom", "message": "injected"}])
            case "too_many":
                return error(429, _SECONDARY, wait)
            case "secondary":
                return error(403, _SECONDARY, wait)
            case "primary":
                reset = str(int(time.time() + self.seconds))
                return error(
                    403,
                    "API rate limit exceeded for installation ID 1. If you reach out to GitHub Support for help, "
                    "please include the request ID.",
                    {"X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000", "X-RateLimit-Reset": reset},
                )
            case "error":
                return Answer(500, raw=b"")
            case "bad_gateway":
                return Answer(502, {"message": "Server Error"})
            case "unavailable":
                return Answer(503, raw=_UNICORN, headers={"Content-Type": "text/html"})
            case "garbage":
                return Answer(200, raw=b'{"id": 1, "body": "<html>')
        raise AssertionError(self.kind)


_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    f"For more on scraping GitHub and how it may affect your rights, please review our Terms of Service ({DOCS})."
)
_UNICORN = b"<html><body><p>No server is currently available to service your request.</p></body></html>"


@dataclass
class Chance:
    """Draws faults: the same seed and the same requests meet the same faults."""

    rng: random.Random
    probability: float
    kinds: tuple[Kind, ...] = KINDS
    seconds: float = 0
    left: int | None = None

    def draw(self) -> Fault | None:
        """A fault for this request, or none. Draws as many numbers either way."""
        luck, kind = self.rng.random(), self.rng.choice(self.kinds)
        when: Literal["before", "after"] = "after" if self.rng.random() < 0.5 else "before"
        if luck >= self.probability or self.left == 0:
            return None
        if self.left is not None:
            self.left -= 1
        return Fault(kind, when=when, seconds=self.seconds).take()
