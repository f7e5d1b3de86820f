# SPDX-License-Identifier: Apache-2.0
"""Where reports go: one sink a file, chosen from one table."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from repro_action.errors import ExtensionError, Interrupted, ReproError, SinkError
from repro_action.extensions import NAME, load
from repro_action.sinks.protocol import Delivery, Publication, Sink

if TYPE_CHECKING:
    from repro_action.sinks.settings import SinkSettings

__all__ = ["SINKS", "Delivery", "Publication", "Sink", "deliver", "make_sinks"]

SINKS: Mapping[str, str] = {
    "report-files": "files.report.ReportFiles",
    "bundle-files": "files.bundle.BundleFiles",
    "outputs": "github.outputs.JobOutputs",
    "annotations": "github.annotations.Annotations",
    "summary": "github.summary.JobSummary",
    "comment": "github.comment.PullRequestComment",
    "checks": "github.checks.ModelChecks",
    "badges": "github.badges.BadgeBranch",
    "issue": "github.issue.BaselineIssue",
    "mlflow": "mlflow.runs.MlflowRuns",
    "wandb": "wandb.runs.WandbRuns",
}
"""Name → `module.Class`, imported on demand. The class makes itself with `of(settings)`."""

GROUP: Final = "repro_action.sinks"


def make_sinks(names: Iterable[str], settings: SinkSettings) -> tuple[Sink, ...]:
    """Return the sinks of these names, in this order.

    Raises:
        ExtensionError: there is no such sink, or another package's cannot be made.
    """
    return tuple(_make(name, settings) for name in names)


def deliver(sinks: Iterable[Sink], publication: Publication) -> tuple[Delivery, ...]:
    """Publish to each sink in order; one that fails stops none of the others.

    Raises:
        Interrupted: the user stopped it.
    """
    return tuple(_deliver(sink, publication) for sink in sinks)


def _deliver(sink: Sink, publication: Publication) -> Delivery:
    try:
        return sink.publish(publication)
    except Interrupted:
        raise
    except ReproError as error:
        return Delivery(sink=sink.name, outcome="failed", error=error)
    except OSError as error:
        unwritable = SinkError(
            f"the report could not be written to {sink.name}: {error.strerror or error}",
            where=str(error.filename or ""),
            remedy="Check for a full disk, or a folder that cannot be written.",
        )
        return Delivery(sink=sink.name, outcome="failed", error=unwritable)


def _make(name: str, settings: SinkSettings) -> Sink:
    if NAME.fullmatch(name):
        return _ForeignSink(name=name, sink=_foreign(name, settings))
    if name not in SINKS:
        names = ", ".join(SINKS)
        raise ExtensionError(
            f"there is no sink {name[:100]!a}",
            remedy=f"The built-in sinks are {names}; names of other packages' sinks contain a dot.",
        )
    module, _, attribute = SINKS[name].rpartition(".")
    made: Sink = getattr(importlib.import_module(f"{__name__}.{module}"), attribute).of(settings)
    return made


def _foreign(name: str, settings: SinkSettings) -> Sink:
    factory = load(GROUP, name)
    if not callable(factory):
        raise ExtensionError(f"the sink {name} is not a class", where=GROUP)
    made: Sink = factory(environ=settings.environ)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForeignSink:
    """A sink of another package: whatever it raises is an error of that sink alone."""

    name: str
    sink: Sink = field(repr=False)

    def publish(self, publication: Publication) -> Delivery:
        try:
            delivery = self.sink.publish(publication)
        except ReproError:
            raise
        except Exception as error:
            raise SinkError(
                f"the sink {self.name} failed", why=f"{type(error).__name__}: {error}"[:500]
            ) from error
        if not isinstance(delivery, Delivery):
            raise SinkError(f"the sink {self.name} returned no result", why="It returned no Delivery.")
        return Delivery(sink=self.name, url=str(delivery.url), outcome=str(delivery.outcome))
