# SPDX-License-Identifier: Apache-2.0
"""The outputs of the action: one table, and a bundle as their values.

A test holds `action.yml` and docs/action.md to `TABLE`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.codec.canonical import Json, encode_scalar
from repro_action.errors import SinkError
from repro_action.report.bundle import Bundle, Entry
from repro_action.sinks.github.options import any_change
from repro_action.sinks.github.runner import Runner
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings

LARGEST = 200_000
"""Characters of the metrics; GitHub bounds all outputs of a job together at 1 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output of `action.yml`, and the steps of which one sets it."""

    name: str
    what: str
    steps: tuple[str, ...] = ("run",)

    @property
    def expression(self) -> str:
        """What `action.yml` says its value is."""
        return f"${{{{ {' || '.join(f'steps.{step}.outputs.{self.name}' for step in self.steps)} }}}}"


TABLE = (
    Output(name="verdict", what="the worst verdict of all configurations", steps=("run", "publish")),
    Output(
        name="exit-code", what="what `repro verify` would end with: 0, 1, 2 or 3", steps=("run", "publish")
    ),
    Output(name="report-json", what="path of the report for machines"),
    Output(name="report-markdown", what="path of the report for people"),
    Output(name="changed", what="`true` where anything differs from the baseline or from the base branch"),
    Output(name="metrics", what="JSON: configuration → file → metric → value"),
    Output(
        name="fingerprint", what="fingerprint of the run; of several runs, a digest of all their fingerprints"
    ),
    Output(name="environment-digest", what="digest of the environment; of several, a digest of them all"),
    Output(name="trained", what="`true` where every step of every configuration ran in this job"),
    Output(name="comment-url", what="the comment; empty where there is none", steps=("publish",)),
    Output(name="matrix", what="for `strategy.matrix`, from `command: plan`", steps=("prepare",)),
    Output(name="any", what="`true` where the plan is not empty", steps=("prepare",)),
)
"""Every output, in the order of the documentation."""


def job_outputs(bundle: Bundle) -> Mapping[str, str]:
    """Return what the step `run` sets of a bundle, paths excepted."""
    entries = bundle.entries
    return {
        "verdict": bundle.verdict.value,
        "exit-code": str(bundle.exit_code),
        "changed": _word(any_change(bundle)),
        "metrics": _metrics(entries),
        "fingerprint": _one({entry.config: entry.report.fingerprint for entry in entries}),
        "environment-digest": _one({entry.config: entry.report.environment_digest for entry in entries}),
        "trained": _word(all(entry.trained for entry in entries)),
    }


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _metrics(entries: tuple[Entry, ...]) -> str:
    values: dict[str, Json] = {
        entry.config: {
            file: {name: encode_scalar(value) for name, value in group.items()}
            for platform in entry.candidate.platforms.values()
            for file, group in platform.metrics.items()
        }
        for entry in entries
        if entry.candidate is not None
    }
    text = json.dumps(values, sort_keys=True, allow_nan=False)
    return text if len(text) <= LARGEST else "{}"


def _one(values: Mapping[str, str]) -> str:
    """Return the only value, or one digest over all; empty where any is missing."""
    if not values or not all(values.values()):
        return ""
    if len(values) == 1:
        return next(iter(values.values()))
    lines = "".join(f"{value} {config}\n" for config, value in sorted(values.items()))
    return f"sha256:{hashlib.sha256(lines.encode('utf-8', 'surrogatepass')).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutputs:
    """Sets the outputs of the step `run`, the paths of the report's files among them.

    Attributes:
        runner: that takes the outputs.
        json, markdown: paths of the report's files; None where they are not written.
        name: of the sink.
    """

    runner: Runner
    json: Path | None = None
    markdown: Path | None = None
    name: str = "outputs"

    @classmethod
    def of(cls, settings: SinkSettings) -> JobOutputs:
        """Return the sink for the runner of the settings.

        Raises:
            SinkError: there is no runner.
        """
        if settings.runner is None:
            raise SinkError("there is no GitHub runner to set outputs for")
        return cls(runner=settings.runner, json=settings.json, markdown=settings.markdown)

    def publish(self, publication: Publication) -> Delivery:
        """Set the outputs.

        Raises:
            OSError: the runner's file cannot be written.
        """
        files = {"report-json": self.json, "report-markdown": self.markdown}
        paths = {name: str(path) for name, path in files.items() if path is not None}
        self.runner.set({**job_outputs(publication.bundle), **paths})
        return Delivery(sink=self.name)
