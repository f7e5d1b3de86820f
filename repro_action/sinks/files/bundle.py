# SPDX-License-Identifier: Apache-2.0
"""The reports of a job as the files that travel to the job that publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.files import write_atomically
from repro_action.report.json import bundle as bundle_json
from repro_action.report.render.markdown.comment import summary
from repro_action.sinks.github.context import context_of
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFiles:
    """Writes all reports into one JSON file and one page.

    Attributes:
        json, markdown: where; None for neither.
    """

    json: Path | None = None
    markdown: Path | None = None
    name: str = "bundle-files"

    @classmethod
    def of(cls, settings: SinkSettings) -> BundleFiles:
        """Return the sink that writes the files of the settings."""
        return cls(json=settings.json, markdown=settings.markdown)

    def publish(self, publication: Publication) -> Delivery:
        """Write the files, each whole or not at all.

        Raises:
            OSError: a file cannot be written.
        """
        if self.json is not None:
            write_atomically(self.json, bundle_json.dump(publication.bundle), durable=False)
        if self.markdown is not None:
            page = summary(publication.bundle, context_of(publication))
            write_atomically(self.markdown, page, durable=False)
        return Delivery(sink=self.name)
