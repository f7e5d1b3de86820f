# SPDX-License-Identifier: Apache-2.0
"""Compared data as Markdown, for a job summary and an issue."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.drift_model import DriftAnswer, DriftReport, TableDrift
from repro_action.report.render import drift_labels
from repro_action.report.render.markdown.escape import Markdown, code, prose, row
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.templating import part

_SYMBOLS = {DriftAnswer.STABLE: "✅", DriftAnswer.DRIFTED: "❌", DriftAnswer.UNDECIDED: "⚪"}

_ROWS = 50
"""Columns that are shown; drifted ones come first."""


def render(report: DriftReport, *, budget: int = BUDGET) -> str:
    """Return the report as GitHub-flavoured Markdown of at most `budget` UTF-8 bytes."""
    return fitted(_parts(report), f"repro {code(report.tool, 30)}", budget=budget)


def _parts(report: DriftReport) -> Iterator[Part]:
    yield part(
        "answer",
        0,
        "drift_answer",
        report=report,
        symbol=Markdown(_SYMBOLS[report.answer]),
        title=Markdown(drift_labels.TITLES[report.answer]),
        headline=Markdown(drift_labels.headline(report, lambda name: code(name, 60))),
    )
    yield _columns(report.data, "columns", 1, "")
    if report.predictions is not None:
        yield _columns(report.predictions, "predictions", 2, "Predictions")
    yield part("facts", 3, "check_facts", facts=list(drift_labels.facts(report)))


def _columns(table: TableDrift, name: str, rank: int, title: str) -> Part:
    """Return the table of columns, of which only the first may be shown."""
    heads = "\n".join([row(drift_labels.HEADS), "| --- | ---: | ---: | ---: | --- | --- |"])
    found = list(drift_labels.rows(table))
    lines = [
        row(
            [
                code(one.name, 80),
                *(
                    Markdown(f"**{cell}**") if over else Markdown(cell)
                    for cell, over in zip(one.cells, one.exceeded, strict=True)
                ),
                prose(one.text, 200),
            ]
        )
        for one in found
    ]
    return Part(
        name=name, rank=rank, title=title, lead=heads, joint="\n", noun="column", blocks=lines[:_ROWS]
    )
