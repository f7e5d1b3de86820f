# SPDX-License-Identifier: Apache-2.0
"""The comment on a pull request: one for each identity, brought up to date by each run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.errors import SinkError
from repro_action.report.bundle import Bundle
from repro_action.report.render.markdown.acceptance import Acceptance
from repro_action.report.render.markdown.comment import CommentContext, render
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.options import CommentMode, PublishOptions
from repro_action.sinks.github.port import PullRequest
from repro_action.sinks.github.upsert import Posted, post
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestComment:
    """Writes or updates the comment.

    Attributes:
        connect: makes the way to GitHub, if a comment is wanted at all.
        pull: its head is the commit that was trained.
        options: under which name, and when.
        untrusted: whether the numbers come from people without write access.
    """

    connect: Callable[[], GitHub]
    pull: PullRequest
    options: PublishOptions
    untrusted: bool = False
    name: str = "comment"

    @classmethod
    def of(cls, settings: SinkSettings) -> PullRequestComment:
        """Return the sink for the pull request of the settings.

        Raises:
            SinkError: there is no pull request.
        """
        if settings.connect is None or settings.pull is None or settings.options is None:
            raise SinkError("there is no pull request to comment on")
        # Private repositories can give forks a token that writes.
        untrusted = settings.pull.from_fork
        return cls(
            connect=settings.connect, pull=settings.pull, options=settings.options, untrusted=untrusted
        )

    def publish(self, publication: Publication) -> Delivery:
        """Write, update or leave the comment.

        Raises:
            CodeHostError: it could not be made sure; `NotPermitted` names the missing permission.
        """
        if self.options.mode is CommentMode.OFF:
            return Delivery(sink=self.name, outcome="skipped")
        posted = comment(
            self.connect(),
            self.pull,
            publication.bundle,
            self.options,
            run=publication.run,
            attempt=publication.attempt,
            untrusted=self.untrusted,
            artifact_url=publication.artifact_url,
            page_url=publication.page_url,
        )
        return Delivery(sink=self.name, url=posted.url, outcome=posted.outcome.value)


def comment(
    host: GitHub,
    pull: PullRequest,
    bundle: Bundle,
    options: PublishOptions,
    *,
    run: int,
    attempt: int,
    untrusted: bool = False,
    acceptance: Acceptance | None = None,
    artifact_url: str = "",
    page_url: str = "",
) -> Posted:
    """Show a bundle on a pull request.

    Args:
        host: where.
        pull: which; its head is the commit that was trained.
        bundle: what.
        options: how.
        run: of the workflow that trained.
        attempt: of that run.
        untrusted: whether the numbers come from people without write access.
        acceptance: what of it was accepted since; None for nothing.
        artifact_url: page of the artifact with the reports; empty for none.
        page_url: likewise, of the one with the reports as a page of HTML.

    Raises:
        CodeHostError: it could not be made sure; `NotPermitted` names the missing permission.
    """
    marker = Marker(id=options.identity, run=run, attempt=attempt, sha=pull.head_sha)
    context = CommentContext(
        marker=marker.line,
        run_url=f"{options.server}/{host.repository}/actions/runs/{run}",
        artifact_url=artifact_url,
        page_url=page_url,
        commit=pull.head_sha,
        base=pull.base_ref,
        branch="" if pull.from_fork else pull.head_ref,
        untrusted=untrusted,
        accept=bundle.accepts and not pull.from_fork,
        acceptance=acceptance,
        sections=options.sections,
    )
    return post(host, pull.number, marker, render(bundle, context), create=options.wants(bundle))
