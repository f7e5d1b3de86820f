# SPDX-License-Identifier: Apache-2.0
"""Annotations: the findings at their lines of the changed files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro_action.baseline import LARGEST
from repro_action.errors import SinkError
from repro_action.report.render.annotations import annotations as annotations_of
from repro_action.report.render.annotations import limited
from repro_action.sinks.github.runner import Runner
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """Writes the commands that the runner turns into annotations.

    Attributes:
        root: of the checkout, where baselines are looked up for the lines that differ.
    """

    runner: Runner
    root: Path
    name: str = "annotations"

    @classmethod
    def of(cls, settings: SinkSettings) -> Annotations:
        """Return the sink for the runner of the settings.

        Raises:
            SinkError: there is no runner.
        """
        if settings.runner is None:
            raise SinkError("there is no GitHub runner to annotate for")
        return cls(runner=settings.runner, root=settings.root)

    def publish(self, publication: Publication) -> Delivery:
        """Write at most ten annotations of a level, for all configurations together."""
        found = [
            remark
            for entry in publication.bundle.entries
            for remark in annotations_of(entry, self._baseline(entry.baseline))
        ]
        for one in limited(found):
            self.runner.annotate(one.level.value, one.message, title=one.title, path=one.path, line=one.line)
        return Delivery(sink=self.name)

    def _baseline(self, path: str) -> str:
        """Return the committed baseline's text; empty where it is not there, or leads out of the checkout."""
        place = (self.root / path).resolve()
        if not place.is_relative_to(self.root) or not place.is_file() or place.stat().st_size > LARGEST:
            return ""
        return place.read_text(encoding="utf-8", errors="surrogateescape")
