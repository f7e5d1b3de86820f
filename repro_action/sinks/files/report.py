# SPDX-License-Identifier: Apache-2.0
"""The report of one configuration as files, such as `.repro/report.json` and `.repro/report.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.files import write_atomically
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Writes the first report of a publication.

    Attributes:
        json, markdown: where; None for neither.
    """

    json: Path | None = None
    markdown: Path | None = None
    name: str = "report-files"

    @classmethod
    def of(cls, settings: SinkSettings) -> ReportFiles:
        """Return the sink that writes the files of the settings."""
        return cls(json=settings.json, markdown=settings.markdown)

    def publish(self, publication: Publication) -> Delivery:
        """Write the files, each whole or not at all.

        Raises:
            OSError: a file cannot be written.
        """
        from repro_action.report.json import report as json_report
        from repro_action.report.render.markdown import report as markdown_report

        report = publication.bundle.entries[0].report
        if self.json is not None:
            write_atomically(self.json, json_report.dump(report), durable=False)
        if self.markdown is not None:
            write_atomically(self.markdown, markdown_report.render(report), durable=False)
        return Delivery(sink=self.name)
