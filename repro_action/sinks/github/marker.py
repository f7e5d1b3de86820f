# SPDX-License-Identifier: Apache-2.0
"""The hidden first line by which a comment or an issue of ours is known, and of which run it tells.

It is an HTML comment, which Markdown does not show:
`<!-- repro-action:v1 id=repro run=17 attempt=1 sha=40 or 64 hexadecimal digits -->`.
Anybody can write such a line: it means something only in a comment whose author is ourselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = r"[A-Za-z0-9._-]{1,60}"
_LINE = re.compile(
    rf"<!-- repro-action:v1 id=({_ID}) run=(0|[1-9][0-9]{{0,17}}) attempt=(0|[1-9][0-9]{{0,8}})"
    r" sha=((?:[0-9a-f]{40}|[0-9a-f]{64})) -->"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Which comment this is, and which run it is about.

    Attributes:
        id: tells several comments of one pull request apart.
        run: number of the workflow run, which grows with time in one repository.
        attempt: of that run.
        sha: the commit that the run was for.

    Raises:
        ValueError: a part cannot be written so that it would be read again.
    """

    id: str
    run: int
    attempt: int
    sha: str

    def __post_init__(self) -> None:
        if not _LINE.fullmatch(self.line):
            raise ValueError(f"a marker cannot be made of {self.line[:200]!r}")

    @property
    def line(self) -> str:
        """The hidden line, without its end."""
        return f"<!-- repro-action:v1 id={self.id} run={self.run} attempt={self.attempt} sha={self.sha} -->"

    @property
    def age(self) -> tuple[int, int]:
        """The greater, the newer the run."""
        return self.run, self.attempt

    def newer(self, other: Marker) -> bool:
        """Whether this one is about a later run, or of a later attempt of the same."""
        return self.age > other.age

    def upon(self, body: str) -> str:
        """Return `body` with this marker as its first line, in place of one of the same id."""
        present = parse(body)
        text = body.partition("\n")[2] if present is not None and present.id == self.id else body
        return f"{self.line}\n{text}"


def parse(body: str) -> Marker | None:
    """Return the marker on the first line of a comment; None where there is none.

    Strict: what Markdown or an editor may have added (spaces, a byte order mark) makes it none.
    """
    found = _LINE.fullmatch(body.partition("\n")[0].removesuffix("\r"))
    if found is None:
        return None
    identity, run, attempt, sha = found.groups()
    return Marker(id=identity, run=int(run), attempt=int(attempt), sha=sha)
