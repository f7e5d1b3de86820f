# SPDX-License-Identifier: Apache-2.0
"""One run in MLflow for each report: parameters, metrics, verdict, and the report itself."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from repro_action.config.model import MlflowConfig
from repro_action.errors import SinkError
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.report.bundle import Entry
from repro_action.sinks.mlflow.server import ServerRun, TrackingServer
from repro_action.sinks.mlflow.target import ADDRESS, TrackingTarget
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings
from repro_action.text import clean
from repro_action.tree import Scalar
from repro_action.verdict import Verdict

_T = TypeVar("_T")

REPORT = "repro.report"
"""The tag by which a report is found again: a digest of it."""

PARAMS, METRICS = 1_000, 1_000
"""Of one run; what is beyond is in the report, which is an artifact."""

_BATCH = 100
_KEY, _VALUE, _TAG = 250, 6_000, 5_000
"""Characters that MLflow takes of a key, of a parameter and of a tag."""

_FORBIDDEN = re.compile(r"[^\w\-. :/]", re.ASCII)
_SERVED = "mlflow-artifacts:"


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowRuns:
    """Logs every report of a publication as a run of one experiment.

    Attributes:
        config: of the project.
        environ: the caller's variables, with the rights.
    """

    config: MlflowConfig = field(default_factory=MlflowConfig)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = "mlflow"

    @classmethod
    def of(cls, settings: SinkSettings) -> MlflowRuns:
        """Return the sink for the configuration and the variables of the settings.

        Raises:
            SinkError: neither names a server.
        """
        if not (settings.mlflow and settings.mlflow.uri) and not settings.environ.get(ADDRESS):
            raise SinkError(
                "there is no MLflow server to log runs in",
                remedy=f"Name it: `uri` under [track.mlflow], or the variable {ADDRESS}.",
            )
        return cls(config=settings.mlflow or MlflowConfig(), environ=settings.environ)

    def publish(self, publication: Publication) -> Delivery:
        """Log what the server does not have yet.

        Raises:
            SinkError: there is no server, it does not answer, or it refuses.
        """
        target = TrackingTarget.of(self.config, self.environ)
        url, made = "", 0
        with TrackingServer(target) as server:
            experiment = server.experiment(target.experiment)
            for entry in publication.bundle.entries:
                document = _document(entry)
                tag = hashlib.sha256(document).hexdigest()
                if not server.find(experiment, REPORT, tag):
                    run = server.create(
                        experiment, _name(entry), _tags(entry, publication, tag), round(time.time() * 1000)
                    )
                    _log(server, run, entry, document)
                    url, made = server.page(run), made + 1
        return Delivery(sink=self.name, url=url, outcome="logged" if made else "unchanged")


def _document(entry: Entry) -> bytes:
    from repro_action.report.json import report as json_report

    return json_report.dump(entry.report).encode()


def _name(entry: Entry) -> str:
    fingerprint = entry.fingerprint or entry.report.fingerprint
    return clean(f"{entry.report.name} {fingerprint[:12]}".strip(), _KEY)


def _tags(entry: Entry, publication: Publication, report: str) -> dict[str, str]:
    """Return the tags of a run: what repro found, and where MLflow shows it."""
    found = entry.report
    after = found.claim.after if found.claim is not None else None
    commit = publication.commit or (after.revision if after is not None else "")
    tags = {
        REPORT: report,
        "repro.verdict": found.verdict.value,
        "repro.fingerprint": entry.fingerprint or found.fingerprint,
        "repro.baseline": entry.baseline,
        "repro.baseline.commit": found.claim.before.revision if found.claim is not None else "",
        "repro.version": found.tool,
        "mlflow.note.content": found.headline,
        "mlflow.source.name": entry.config,
        "mlflow.source.type": "PROJECT",
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.branch": publication.branch,
        "mlflow.source.git.dirty": str(bool(after and after.uncommitted)) if commit else "",
    }
    return {key: clean(value, _TAG) for key, value in tags.items() if value}


def _log(server: TrackingServer, run: ServerRun, entry: Entry, document: bytes) -> None:
    fingerprint = _fingerprint(entry)
    moment = round(time.time() * 1000)
    if fingerprint is not None:
        for params in _batches(islice(_params(fingerprint), PARAMS)):
            server.log(run, {"params": params})
        for metrics in _batches(islice(_metrics(fingerprint, moment), METRICS)):
            server.log(run, {"metrics": metrics})
    status = "FAILED" if entry.report.verdict is Verdict.FAILED else "FINISHED"
    server.finish(run, status, round(time.time() * 1000))
    for path, data in _files(entry, document):
        if not run.artifacts.startswith(_SERVED):
            raise SinkError(
                "the run is in MLflow, and its report is not",
                why=f"Files of this server's runs go to {clean(run.artifacts, 100)!r}, past the server.",
                remedy="Start the server with `--artifacts-destination`, which lets it take files itself.",
            )
        server.upload(run, path, data)


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _fingerprint(entry: Entry) -> Fingerprint | None:
    platforms = entry.candidate.platforms.values() if entry.candidate is not None else ()
    return next(iter(platforms), None)


def _params(fingerprint: Fingerprint) -> Iterator[dict[str, str]]:
    values = fingerprint.materials.get(MaterialKind.PARAMS, {})
    for key, value in _unlike(values).items():
        yield {"key": key, "value": clean("" if value is None else str(value), _VALUE)}


def _metrics(fingerprint: Fingerprint, moment: int) -> Iterator[dict[str, object]]:
    several = len(fingerprint.metrics) > 1
    named: dict[str, Scalar] = {
        f"{file}: {name}" if several else name: value
        for file, values in fingerprint.metrics.items()
        for name, value in values.items()
    }
    for key, value in _unlike(named).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield {"key": key, "value": _number(value), "timestamp": moment, "step": 0}


def _number(value: float) -> float | str:
    """Return a number as MLflow's JSON has it: what is not finite is a text."""
    if math.isnan(value):
        return "NaN"
    try:
        real = float(value)
    except OverflowError:
        real = math.inf if value > 0 else -math.inf
    return real if math.isfinite(real) else ("Infinity" if real > 0 else "-Infinity")


def _unlike(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return values by keys that MLflow takes; two that it could not tell apart get numbers."""
    found: dict[str, Scalar] = {}
    for key, value in values.items():
        plain = _FORBIDDEN.sub("_", key).strip("/ ")[: _KEY - 6] or "_"
        plain = "/".join("_" if part in {"", ".", ".."} else part for part in plain.split("/"))
        name, number = plain, 2
        while name in found:
            name, number = f"{plain} {number}", number + 1
        found[name] = value
    return found


def _files(entry: Entry, document: bytes) -> Sequence[tuple[str, bytes]]:
    from repro_action.codec.baseline import dump
    from repro_action.report.render.markdown import report as markdown_report

    files = [
        ("repro/report.json", document),
        ("repro/report.md", markdown_report.render(entry.report).encode()),
    ]
    if entry.candidate is not None:
        files.append(("repro/candidate.json", dump(entry.candidate).encode()))
    return files
