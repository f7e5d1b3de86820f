# SPDX-License-Identifier: Apache-2.0
"""The job summary: the whole report, on the page of the workflow run."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.errors import SinkError
from repro_action.report.render.markdown.comment import summary
from repro_action.sinks.github.context import context_of
from repro_action.sinks.github.runner import Runner
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """Adds to the summary of this job."""

    runner: Runner
    name: str = "summary"

    @classmethod
    def of(cls, settings: SinkSettings) -> JobSummary:
        """Return the sink for the runner of the settings.

        Raises:
            SinkError: there is no runner.
        """
        if settings.runner is None:
            raise SinkError("there is no GitHub runner to write a summary for")
        return cls(runner=settings.runner)

    def publish(self, publication: Publication) -> Delivery:
        """Append the page.

        Raises:
            OSError: the runner's file cannot be written.
        """
        self.runner.summarise(summary(publication.bundle, context_of(publication)))
        return Delivery(sink=self.name)
