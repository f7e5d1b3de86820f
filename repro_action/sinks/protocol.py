# SPDX-License-Identifier: Apache-2.0
"""The port that every place for a report fills, and what goes through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from repro_action.errors import ReproError

if TYPE_CHECKING:
    from repro_action.report.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The reports of a run, and where in a repository's life they belong; what is unknown is empty.

    Attributes:
        bundle: the reports, one a configuration.
        run_url: page of the workflow run.
        artifact_url: page of the artifact with the reports.
        page_url: page of the artifact with the reports as one page of HTML.
        run, attempt: numbers of the workflow run.
        commit: that was trained.
        baseline_commit: that last changed the baseline, of a publication with one report.
        base: name of the branch that a pull request goes to.
        branch: name of a pull request's own branch, a stranger's text; empty for one of a fork.
        accepts: whether `/repro accept` works on the pull request.
    """

    bundle: Bundle
    run_url: str = ""
    artifact_url: str = ""
    page_url: str = ""
    run: int = 0
    attempt: int = 0
    commit: str = ""
    baseline_commit: str = ""
    base: str = ""
    branch: str = ""
    accepts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a publication at one sink.

    Attributes:
        sink: the sink's name.
        url: where people see it; empty where there is no such place.
        outcome: in one word, such as `created` or `unchanged`.
        error: why it failed; None where it did not.
    """

    sink: str
    url: str = ""
    outcome: str = "written"
    error: ReproError | None = None


class Sink(Protocol):
    """A place where a report goes. It shows what the report says, and decides nothing."""

    @property
    def name(self) -> str:
        """Its name in `SINKS`, or of the entry point."""

    def publish(self, publication: Publication) -> Delivery:
        """Publish; the same publication twice leaves one report there.

        Raises:
            ReproError: it could not be published. The others are still tried, and the verdict stays.
        """
