# SPDX-License-Identifier: Apache-2.0
"""A failure as a report, so that every medium shows it in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action import __version__
from repro_action.config.model import Config
from repro_action.errors import ReproError
from repro_action.report.build.raised import raised
from repro_action.report.model import Cause, Report, StepLine, StepState
from repro_action.steps.record import StepRecord
from repro_action.verdict import Verdict

RAISED = "raised"
"""Name of the cause that is the error of a step's program."""


def failed(
    error: ReproError, *, name: str, records: Sequence[StepRecord] = (), config: Config | None = None
) -> Report:
    """Return the report of a run that ended with an error before it could compare anything.

    Args:
        error: what stopped it.
        name: of the model.
        records: steps that ran; the last one failed.
        config: whose run it was; None where it could not be read.
    """
    return Report(
        tool=__version__,
        name=name,
        verdict=Verdict.FAILED,
        headline=Verdict.FAILED.meaning,
        steps=tuple(
            StepLine(
                name=record.name,
                state=StepState.FAILED if record is records[-1] else StepState.RAN,
                seconds=record.seconds,
            )
            for record in records
        ),
        causes=_causes(records[-1], config) if records and config is not None else (),
        error=error.notice,
    )


def _causes(record: StepRecord, config: Config) -> tuple[Cause, ...]:
    """Return the error that a step's program printed, with its line of the project."""
    folders = dict.fromkeys([*(step.cwd for step in config.steps if step.name == record.name), "."])
    found = raised(record.tail, config.root, [folder or "." for folder in folders])
    if found is None:
        return ()
    return (Cause(kind=None, name=RAISED, text=found.text, file=found.file, line=found.line),)
