# SPDX-License-Identifier: Apache-2.0
"""The sign beside each verdict, state and answer in Markdown; its label is always beside it."""

from __future__ import annotations

from repro_action.report.model import Flavour, Report, State
from repro_action.report.probe_model import Answer, ProbeReport
from repro_action.verdict import Verdict

_VERDICTS = {
    Verdict.REPRODUCED: "✅",
    Verdict.EQUIVALENT: "🟡",
    Verdict.CHANGED: "❌",
    Verdict.DRIFTED: "❌",
    Verdict.FAILED: "⛔",
    Verdict.NO_BASELINE: "⚪",
}

_STATES = {
    State.IDENTICAL: "✅",
    State.BYTES_ONLY: "✅",
    State.TOLERATED: "🟡",
    State.ADDED: "❌",
    State.DIFFERS: "❌",
    State.MISSING: "❌",
    State.UNREADABLE: "⚪",
}

_ANSWERS = {
    Answer.SAME: "✅",
    Answer.PINNED: "🟡",
    Answer.DIFFERS: "❌",
    Answer.FAILED: "⛔",
    Answer.UNAVAILABLE: "⚪",
    Answer.NOT_TRIED: "⚪",
}


def symbol(value: Report | ProbeReport | Verdict | State | Answer) -> str:
    """Return the sign of a report, or of one thing in it."""
    match value:
        case Report():
            return "🔁" if value.flavour is Flavour.FLAKY else _VERDICTS[value.verdict]
        case ProbeReport():
            return _probe(value)
        case Verdict():
            return _VERDICTS[value]
        case State():
            return _STATES[value]
        case Answer():
            return _ANSWERS[value]


def _probe(report: ProbeReport) -> str:
    if report.error is not None:
        return "⛔"
    if not (report.tried or report.findings):
        return "⚪"
    if report.agreed and report.suspects:
        return "🟡"
    return "✅" if report.robust else "❌"
