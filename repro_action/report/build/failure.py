# SPDX-License-Identifier: Apache-2.0
"""A failure as a report, so that every medium shows it in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action import __version__
from repro_action.errors import ReproError
from repro_action.report.model import Report, StepLine, StepState
from repro_action.report.render.terminal import report as terminal
from repro_action.report.render.terminal.style import UNWRAPPED
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


def render(error: ReproError, *, width: int = UNWRAPPED, ascii_only: bool = False) -> str:
    """Return an error as plain lines: `error: …`, then where, why and the remedy."""
    return terminal.render_notice(error.notice, width=width, ascii_only=ascii_only)
