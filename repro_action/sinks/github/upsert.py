# SPDX-License-Identifier: Apache-2.0
"""One comment of an id on a pull request: written once, brought up to date, never lost to an older run.

What is promised, whatever fails on the way: `post` returns only after it has seen, in a listing
made after its last write, exactly one comment of ours with this id, showing this run or a newer
one. Where it cannot, it raises.

What cannot be promised: GitHub has no conditional write to a comment. A publisher of an older
run that read before ours was written, and writes after we looked for the last time, wins; so
does a request that GitHub carries out long after it was given up. Two first comments made at
the same time are merged by whoever looks last. Workflows therefore put publishers of one pull
request into one concurrency group, and the next run heals what was lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from repro_action.sinks.github.marker import Marker, parse
from repro_action.sinks.github.port import CodeHostError, Comment, Missing, Uncertain

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

_RUN = re.compile(r"/actions/runs/[0-9]+")

ROUNDS = 5
"""How often is looked before giving up; one round more than the writes that are tried."""


class PostOutcome(StrEnum):
    """What became of a comment or an issue."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """It said the same already; nothing was written."""
    SUPERSEDED = "superseded"
    """It is about a newer run already; nothing was written."""
    SKIPPED = "skipped"
    """There is none, and none was wanted."""
    CLOSED = "closed"
    """An issue's occasion has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was done.

    Attributes:
        url: where people see it; empty where there is none.
        removed: number of duplicates that were removed.
    """

    url: str
    outcome: PostOutcome
    removed: int = 0


def post(host: GitHub, number: int, marker: Marker, body: str, *, create: bool = True) -> Posted:
    """Make the comment of `marker.id` show `body`, unless it shows a newer run.

    A body that stands already, marker included, costs two requests; one of which the run alone is
    another three, since nothing could be lost with it; a new comment three; a changed one four;
    each listing one more for each further hundred comments. The run's number counts as
    a change: `/repro accept` looks for the newest run, and a late older one must be known as such.

    Args:
        host: where.
        number: of the pull request.
        marker: the comment's identity and the run that it is about.
        body: Markdown, with the marker's line or without.
        create: whether to make one where none is; one that stands is always brought up to date.

    Raises:
        CodeHostError: it could not be made sure; `NotPermitted` names the permission that is missing.
    """
    whole = marker.upon(body)
    outcome: PostOutcome | None = None
    unconfirmed: CodeHostError | None = None
    removed: set[int] = set()
    for _ in range(ROUNDS):
        found = _ours(host, number, marker.id)
        if not found:
            if not create:
                return Posted(url="", outcome=PostOutcome.SKIPPED, removed=len(removed))
            outcome, unconfirmed = (
                PostOutcome.CREATED,
                _try_write(lambda: host.create_comment(number, whole), Uncertain),
            )
            continue
        kept, *others = found
        wanted = _wanted(found, marker, whole, written=outcome is not None and unconfirmed is None)
        if same(kept.comment.body, wanted) and not others:
            outcome = outcome or (
                PostOutcome.SUPERSEDED if kept.marker.newer(marker) else PostOutcome.UNCHANGED
            )
            return Posted(url=kept.comment.url, outcome=outcome, removed=len(removed))
        outcome, unconfirmed = outcome or PostOutcome.UPDATED, _settle(host, kept.comment, wanted, others)
        if unconfirmed is None and not others and _alike(kept.comment.body, wanted):
            return Posted(url=kept.comment.url, outcome=outcome, removed=len(removed))
        removed.update(other.comment.id for other in others if unconfirmed is None)
    raise unconfirmed or CodeHostError(
        "the comment kept changing while it was updated",
        why="Other publishers of the same pull request kept writing it.",
        remedy="Put the jobs that comment into one concurrency group per pull request.",
    )


def same(one: str, other: str) -> bool:
    """Whether two bodies are the same to GitHub, which may trim them and change ends of lines."""
    return one.replace("\r\n", "\n").rstrip() == other.replace("\r\n", "\n").rstrip()


def _alike(one: str, other: str) -> bool:
    """Whether two bodies say the same of two runs of one commit: all but the runs' numbers."""
    before, after = parse(one), parse(other)
    if before is None or after is None or before.sha != after.sha:
        return False
    return same(*(_RUN.sub("", body.partition("\n")[2]) for body in (one, other)))


@dataclass(frozen=True, slots=True)
class _OwnComment:
    marker: Marker
    comment: Comment


def find(host: GitHub, number: int, identity: str) -> tuple[Marker, Comment] | None:
    """Return our comment of that id, the one of the newest run if there are several.

    Raises:
        CodeHostError: the comments could not be read.
    """
    found = max(_ours(host, number, identity), key=lambda one: one.marker.age, default=None)
    return (found.marker, found.comment) if found else None


def _ours(host: GitHub, number: int, identity: str) -> list[_OwnComment]:
    """Return our comments of that id, the oldest first; who we are is asked only if it matters."""
    found = [
        _OwnComment(marker, comment)
        for comment in host.comments(number)
        if (marker := parse(comment.body)) is not None and marker.id == identity
    ]
    if not found:
        return []
    viewer = host.viewer()
    return sorted((one for one in found if one.comment.author == viewer), key=lambda one: one.comment.id)


def _wanted(found: list[_OwnComment], marker: Marker, whole: str, *, written: bool) -> str:
    """Return what the comment should show: the newest of what is there and what we bring."""
    newest = max(found, key=lambda one: one.marker.age)
    if newest.marker.newer(marker) or (written and newest.marker.age == marker.age):
        # Of two publishers of one attempt, the last one stands: they must not undo each other.
        return newest.comment.body
    return whole


def _settle(host: GitHub, kept: Comment, wanted: str, others: list[_OwnComment]) -> CodeHostError | None:
    """Write the comment that stays, and only then remove the others, which may be newer."""
    if not same(kept.body, wanted):
        unconfirmed = _try_write(lambda: host.update_comment(kept.id, wanted), Uncertain, Missing)
        if unconfirmed is not None:
            return unconfirmed
    for other in others:
        unconfirmed = _try_write(partial(host.delete_comment, other.comment.id), Uncertain)
        if unconfirmed is not None:
            return unconfirmed
    return None


def _try_write(write: Callable[[], object], *unsure: type[CodeHostError]) -> CodeHostError | None:
    """Write; return the error after which one has to look again: it may have happened, or was in vain.

    `Missing` is such a one for an update: somebody removed the comment after we looked.
    """
    try:
        write()
    except unsure as error:
        return error
    return None
