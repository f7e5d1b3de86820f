# SPDX-License-Identifier: Apache-2.0
"""One open issue while a baseline does not reproduce: opened, kept up to date, closed when it does again.

The same promises as of `upsert`, and the same limits. An occasion that returns opens a new issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from repro_action.errors import SinkError
from repro_action.report.bundle import Bundle
from repro_action.report.render.markdown.comment import render
from repro_action.sinks.github.context import context_of
from repro_action.sinks.github.marker import Marker, parse
from repro_action.sinks.github.options import PublishOptions
from repro_action.sinks.github.port import CodeHostError, Issue, Missing, Uncertain
from repro_action.sinks.github.upsert import ROUNDS, Posted, PostOutcome, same
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

LABEL = "repro-action"
"""By which our issues are listed."""

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REPRODUCED = frozenset({Verdict.REPRODUCED, Verdict.EQUIVALENT})


def keep(host: GitHub, marker: Marker, title: str, body: str, *, failing: bool) -> Posted:
    """Make the issues of `marker.id` say outcome is the case.

    Args:
        host: where.
        marker: the issue's identity and the run that it is about.
        title: of a new issue.
        body: Markdown, with the marker's line or without.
        failing: whether there should be an open issue.

    Raises:
        CodeHostError: it could not be made sure; `NotPermitted` names the permission that is missing.
    """
    whole = marker.upon(body)
    outcome: PostOutcome | None = None
    unconfirmed: CodeHostError | None = None
    for _ in range(ROUNDS):
        found = _ours(host, marker.id)
        if not found and (not failing or outcome is PostOutcome.CLOSED):
            return Posted(url="", outcome=outcome or PostOutcome.SKIPPED)
        if not found:
            outcome, unconfirmed = PostOutcome.CREATED, _try_write(partial(_open, host, title, whole))
            continue
        (_, kept), *others = found
        standing, newest = max(found, key=lambda one: one[0].age)
        late = standing.newer(marker)
        close = not failing and not late
        wanted = newest.body if late else whole
        if same(kept.body, wanted) and not close and not others:
            return Posted(
                url=kept.url, outcome=outcome or (PostOutcome.SUPERSEDED if late else PostOutcome.UNCHANGED)
            )
        unconfirmed = _settle(host, kept, wanted, [issue for _, issue in others], close=close)
        outcome = PostOutcome.CLOSED if close else outcome or PostOutcome.UPDATED
        if close and unconfirmed is None:
            return Posted(url=kept.url, outcome=PostOutcome.CLOSED, removed=len(others))
    raise unconfirmed or CodeHostError("the issue kept changing while it was updated")


def _settle(
    host: GitHub, kept: Issue, wanted: str, others: list[Issue], *, close: bool
) -> CodeHostError | None:
    """Write the issue that stays, then close the others."""
    unconfirmed = _try_write(partial(host.update_issue, kept.number, body=wanted, close=close))
    for other in others:
        unconfirmed = unconfirmed or _try_write(
            partial(host.update_issue, other.number, body=other.body, close=True)
        )
    return unconfirmed


def _open(host: GitHub, title: str, body: str) -> Issue:
    return host.create_issue(title=title, body=body, label=LABEL)


def _ours(host: GitHub, identity: str) -> list[tuple[Marker, Issue]]:
    """Return our open issues of that id, the oldest first."""
    found = [
        (marker, issue)
        for issue in host.issues(LABEL)
        if issue.open and (marker := parse(issue.body)) is not None and marker.id == identity
    ]
    if not found:
        return []
    viewer = host.viewer()
    return sorted((one for one in found if one[1].author == viewer), key=lambda one: one[1].number)


def _try_write(write: Callable[[], object]) -> CodeHostError | None:
    try:
        write()
    except (Uncertain, Missing) as error:
        return error
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineIssue:
    """Keeps one issue open while a baseline does not reproduce; for runs that no pull request started."""

    connect: Callable[[], GitHub]
    options: PublishOptions
    name: str = "issue"

    @classmethod
    def of(cls, settings: SinkSettings) -> BaselineIssue:
        """Return the sink for the repository of the settings.

        Raises:
            SinkError: there is no way to GitHub.
        """
        if settings.connect is None or settings.options is None:
            raise SinkError("there is no GitHub to open an issue on")
        return cls(connect=settings.connect, options=settings.options)

    def publish(self, publication: Publication) -> Delivery:
        """Open, update or close the issue; without a commit or a report nothing is said.

        Raises:
            CodeHostError: it could not be made sure; `NotPermitted` names the missing permission.
        """
        # Where nothing was verified, nothing is known to reproduce again.
        if not _SHA.fullmatch(publication.commit) or not publication.bundle.entries:
            return Delivery(sink=self.name, outcome=PostOutcome.SKIPPED.value)
        marker = Marker(
            id=f"{self.options.identity}.issue"[-60:],
            run=publication.run,
            attempt=publication.attempt,
            sha=publication.commit,
        )
        bundle = publication.bundle
        broken = tuple(entry for entry in bundle.entries if entry.report.verdict not in _REPRODUCED)
        shown = Bundle(tool=bundle.tool, entries=broken or bundle.entries)
        body = render(shown, replace(context_of(publication), marker=marker.line, accept=False))
        posted = keep(self.connect(), marker, "A baseline does not reproduce", body, failing=bool(broken))
        return Delivery(sink=self.name, url=posted.url, outcome=posted.outcome.value)
