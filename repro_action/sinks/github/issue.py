# SPDX-License-Identifier: Apache-2.0
"""One open issue while a baseline does not reproduce: opened, kept up to date, closed when it does again.

The same promises as of `sticky`, and the same limits. An occasion that returns opens a new issue.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from repro_action.sinks.github.marker import Marker, parse
from repro_action.sinks.github.port import Forge, ForgeError, Issue, Missing, Uncertain
from repro_action.sinks.github.upsert import ROUNDS, Posted, What, same

LABEL = "repro-action"
"""By which our issues are listed."""


def keep(forge: Forge, marker: Marker, title: str, body: str, *, failing: bool) -> Posted:
    """Make the issues of `marker.id` say what is the case.

    Args:
        forge: where.
        marker: the issue's identity and the run that it tells of.
        title: of a new issue.
        body: Markdown, with the marker's line or without.
        failing: whether there should be an open issue.

    Raises:
        ForgeError: it could not be made sure; `NotPermitted` names the permission that is missing.
    """
    whole = marker.upon(body)
    what: What | None = None
    doubt: ForgeError | None = None
    for _ in range(ROUNDS):
        found = _ours(forge, marker.id)
        if not found and (not failing or what is What.CLOSED):
            return Posted(url="", what=what or What.SKIPPED)
        if not found:
            what, doubt = What.CREATED, _doubted(partial(_open, forge, title, whole))
            continue
        (_, kept), *others = found
        standing, newest = max(found, key=lambda one: one[0].age)
        late = standing.newer(marker)
        close = not failing and not late
        wanted = newest.body if late else whole
        if same(kept.body, wanted) and not close and not others:
            return Posted(url=kept.url, what=what or (What.SUPERSEDED if late else What.UNCHANGED))
        doubt = _settle(forge, kept, wanted, [issue for _, issue in others], close=close)
        what = What.CLOSED if close else what or What.UPDATED
        if close and doubt is None:
            return Posted(url=kept.url, what=What.CLOSED, removed=len(others))
    raise doubt or ForgeError("the issue did not come to rest")


def _settle(forge: Forge, kept: Issue, wanted: str, others: list[Issue], *, close: bool) -> ForgeError | None:
    """Write the issue that stays, then close the others."""
    doubt = _doubted(partial(forge.update_issue, kept.number, body=wanted, close=close))
    for other in others:
        doubt = doubt or _doubted(partial(forge.update_issue, other.number, body=other.body, close=True))
    return doubt


def _open(forge: Forge, title: str, body: str) -> Issue:
    return forge.create_issue(title=title, body=body, label=LABEL)


def _ours(forge: Forge, identity: str) -> list[tuple[Marker, Issue]]:
    """Return our open issues of that id, the oldest first."""
    found = [
        (marker, issue)
        for issue in forge.issues(LABEL)
        if issue.open and (marker := parse(issue.body)) is not None and marker.id == identity
    ]
    if not found:
        return []
    viewer = forge.viewer()
    return sorted((one for one in found if one[1].author == viewer), key=lambda one: one[1].number)


def _doubted(write: Callable[[], object]) -> ForgeError | None:
    try:
        write()
    except (Uncertain, Missing) as error:
        return error
    return None
