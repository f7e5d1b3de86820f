# SPDX-License-Identifier: Apache-2.0
"""A failure as a report, so that every medium tells it in the same way."""

from __future__ import annotations

from repro_action.errors import ReproError
from repro_action.report.model import Notice, Report
from repro_action.report.render.terminal import report as terminal
from repro_action.report.render.terminal.style import UNWRAPPED
from repro_action.verdict import Verdict


def notice(error: ReproError) -> Notice:
    """Return what an error tells, as a value."""
    return Notice(what=error.what, why=error.why, remedy=error.remedy, where=error.where, log=error.log)


def failed(error: ReproError, *, tool: str, name: str) -> Report:
    """Return the report of a run that ended with an error before it could compare anything."""
    return Report(
        tool=tool, name=name, verdict=Verdict.FAILED, headline=Verdict.FAILED.meaning, error=notice(error)
    )


def render(error: ReproError, *, width: int = UNWRAPPED, ascii_only: bool = False) -> str:
    """Return an error as plain lines: `error: …`, then where, why and remedy."""
    return terminal.render_notice(notice(error), width=width, ascii_only=ascii_only)
