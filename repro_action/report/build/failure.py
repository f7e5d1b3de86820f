# SPDX-License-Identifier: Apache-2.0
"""A failure as a report, so that every medium shows it in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action import __version__
from repro_action.errors import ReproError
from repro_action.report.model import Report, StepLine, StepState
from repro_action.steps.record import StepRecord
from repro_action.verdict import Verdict


def failed(error: ReproError, *, name: str, records: Sequence[StepRecord] = ()) -> Report:
    """Return the report of a run that ended with an error before it could compare anything.

    Args:
        error: what stopped it.
        name: of the model.
        records: steps that ran; the last one failed.
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
        error=error.notice,
    )
