# SPDX-License-Identifier: Apache-2.0
"""What moved the metrics, in a terminal: plain lines, the answer first."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.attribution.model import Attribution
from repro_action.report.attribution_lines import (
    attribution_line,
    detail_lines,
    failed_line,
    players_line,
    runs_line,
)
from repro_action.report.numbers import seconds
from repro_action.text import plural

FAILED = 8
"""Failed mixes that are listed."""


def lines(attribution: Attribution) -> Iterator[str]:
    """Yield the lines of an answer; texts in them are foreign."""
    base = f"{attribution.label} ({attribution.base[:12]})" if attribution.base else attribution.label
    if attribution.error is None:
        yield from _answer(attribution, base)
    for failed in attribution.failed[:FAILED]:
        yield f"could not be run: {failed_line(failed)}"
        if failed.notice.why:
            yield f"  {failed.notice.why}"
    if len(attribution.failed) > FAILED:
        yield f"and {plural(len(attribution.failed) - FAILED, 'more mix')}"
    for note in attribution.notes:
        yield f"note: {' '.join(filter(None, (f'{note.what}.', note.why, note.remedy)))}"


def _answer(attribution: Attribution, base: str) -> Iterator[str]:
    if not attribution.players:
        yield f"{attribution.name}: nothing that a run consumes differs from {base}"
        return
    yield f"{attribution.name}: since {base}, these differ: {players_line(attribution)}"
    if not attribution.runs + attribution.reused:
        runs = plural(attribution.planned, "run")
        yield f"`repro explain --counterfactual` says in {runs} which of them moved the metrics"
        return
    for metric in attribution.metrics:
        yield attribution_line(metric)
        for line in detail_lines(metric):
            yield f"  {line}"
    if attribution.unchanged:
        moved = "metric did not move" if attribution.unchanged == 1 else "metrics did not move"
        yield f"{attribution.unchanged} {moved}"
    yield f"{runs_line(attribution)}, {seconds(attribution.seconds)}"
    if attribution.unfinished:
        yield "the time of --budget was used up; the same command goes on where it stopped"
