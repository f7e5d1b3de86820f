# SPDX-License-Identifier: Apache-2.0
"""The tone of verdicts and states: a class of the style sheet and a sign; a word is always beside it."""

from __future__ import annotations

import math

from repro_action.report.model import InputState, MetricRow, Report, State
from repro_action.report.render import labels
from repro_action.report.render.html.markup import Html
from repro_action.verdict import Verdict

_VERDICTS = {
    Verdict.REPRODUCED: "good",
    Verdict.EQUIVALENT: "good",
    Verdict.CHANGED: "warn",
    Verdict.DRIFTED: "bad",
    Verdict.FAILED: "bad",
    Verdict.NO_BASELINE: "none",
}

_SIGNS = {
    Verdict.REPRODUCED: "M15 24.5l6.5 6.5L33.5 18",
    Verdict.EQUIVALENT: "M14 21c3-4 6.5-4 10 0s7 4 10 0M14 29.5c3-4 6.5-4 10 0s7 4 10 0",
    Verdict.CHANGED: "M24 14.5L34.5 33h-21z",
    Verdict.DRIFTED: "M14 18h8l6 12h7M14 30h8l6-12h7M32 15l3 3-3 3M32 27l3 3-3 3",
    Verdict.FAILED: "M17 17l14 14M31 17L17 31",
    Verdict.NO_BASELINE: "M24 15v18M15 24h18",
}


def tone(value: Report | Verdict | State | MetricRow | InputState) -> str:
    """Return `good`, `warn`, `bad` or `none`."""
    match value:
        case Report():
            return _VERDICTS[value.verdict]
        case Verdict():
            return _VERDICTS[value]
        case State():
            return _state(value)
        case InputState():
            return {True: "none", False: "bad", None: "none"}[value.same]
        case MetricRow():
            return _metric(value)


def _state(state: State) -> str:
    if state is State.UNREADABLE:
        return "warn"
    return "good" if state.accepted else "bad"


def _metric(row: MetricRow) -> str:
    if row.state is State.IDENTICAL or labels.is_rounding(row):
        return "none"
    return {None: "none", True: "good", False: "bad"}[row.better]


def mark(verdict: Verdict) -> Html:
    """Return the sign of a verdict as a drawing; its word is beside it."""
    return Html(
        '<svg class="mark" viewBox="0 0 48 48" aria-hidden="true">'
        '<circle class="disc" cx="24" cy="24" r="24"/>'
        f'<path d="{_SIGNS[verdict]}"/></svg>'
    )


def level(size: float | None) -> int:
    """Return how large a difference is, from 0 to 10: a logarithm from 1e-16 to 1e4, two powers a step."""
    if size is None or not size > 0:
        return 0
    if math.isinf(size):
        return 10
    return min(max(round((math.log10(size) + 16) / 2), 1), 10)
