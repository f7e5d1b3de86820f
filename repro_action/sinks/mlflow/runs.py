# SPDX-License-Identifier: Apache-2.0
"""One run in MLflow for each report: parameters, metrics, verdict, and the report itself."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from repro_action.config.services import MlflowConfig
from repro_action.errors import SinkError
from repro_action.sinks.logged_verification import LoggedVerification
from repro_action.sinks.mlflow.server import ServerRun, TrackingServer
from repro_action.sinks.mlflow.target import ADDRESS, TrackingTarget
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings
from repro_action.text import clean
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
                run = LoggedVerification.of(entry, publication)
                duration = round(run.seconds * 1000)
                if not server.find(experiment, REPORT, run.identity):
                    begun = server.create(experiment, clean(run.name, _KEY), _tags(run), _now() - duration)
                    _log(server, begun, run)
                    url, made = server.page(begun), made + 1
        return Delivery(sink=self.name, url=url, outcome="logged" if made else "unchanged")


def _tags(run: LoggedVerification) -> dict[str, str]:
    """Return the tags of a run: what repro found, and where MLflow shows it."""
    tags = {
        REPORT: run.identity,
        "repro.verdict": run.verdict.value,
        "repro.fingerprint": run.fingerprint,
        "repro.baseline": run.baseline,
        "repro.baseline.commit": run.baseline_commit,
        "repro.version": run.version,
        "mlflow.note.content": run.headline,
        "mlflow.source.name": run.config,
        "mlflow.source.type": "PROJECT",
        "mlflow.user": "repro",
        "mlflow.source.git.commit": run.commit,
        "mlflow.source.git.branch": run.branch,
        "mlflow.source.git.dirty": "" if run.dirty is None else str(run.dirty),
    }
    return {key: clean(value, _TAG) for key, value in tags.items() if value}


def _log(server: TrackingServer, begun: ServerRun, run: LoggedVerification) -> None:
    moment = _now()
    for params in _batches(islice(_params(run), PARAMS)):
        server.log(begun, {"params": params})
    for metrics in _batches(islice(_metrics(run, moment), METRICS)):
        server.log(begun, {"metrics": metrics})
    server.finish(begun, "FAILED" if run.verdict is Verdict.FAILED else "FINISHED", _now())
    for path, data in run.files.items():
        if not begun.artifacts.startswith(_SERVED):
            raise SinkError(
                "the run is in MLflow, and its report is not",
                why=f"Files of this server's runs go to {clean(begun.artifacts, 100)!r}, past the server.",
                remedy="Start the server with `--artifacts-destination`, which lets it take files itself.",
            )
        server.upload(begun, path, data)


def _now() -> int:
    return round(time.time() * 1000)


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _params(run: LoggedVerification) -> Iterator[dict[str, str]]:
    for key, value in _unlike(run.params).items():
        yield {"key": key, "value": clean("" if value is None else str(value), _VALUE)}


def _metrics(run: LoggedVerification, moment: int) -> Iterator[dict[str, object]]:
    for key, value in _unlike(run.metrics).items():
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


def _unlike(values: Mapping[str, _T]) -> dict[str, _T]:
    """Return values by keys that MLflow takes; two that it could not tell apart get numbers."""
    found: dict[str, _T] = {}
    for key, value in values.items():
        plain = _FORBIDDEN.sub("_", key).strip("/ ")[: _KEY - 6] or "_"
        plain = "/".join("_" if part in {"", ".", ".."} else part for part in plain.split("/"))
        name, number = plain, 2
        while name in found:
            name, number = f"{plain} {number}", number + 1
        found[name] = value
    return found
