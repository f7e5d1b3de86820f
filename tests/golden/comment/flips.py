# SPDX-License-Identifier: Apache-2.0
"""A pull request whose accuracy is the same and whose decisions are not."""

from __future__ import annotations

from dataclasses import replace

from golden.comment.single import MOVED, new_baseline

from repro_action.predictions.compare import compare_predictions
from repro_action.predictions.table import PredictionTable
from repro_action.report.model import Report

_CLASSES = ("setosa", "versicolor", "<b>@virginica|")


def _table(wrong: tuple[int, ...], score: float) -> PredictionTable:
    """Return 45 rows whose truth goes round the classes; wrong rows get the next class."""
    rows = range(45)
    return PredictionTable(
        rows=45,
        keys=[f"iris-{row:02}" for row in rows],
        labels=[_CLASSES[(row + (row in wrong)) % 3] for row in rows],
        scores=[score + row / 128 for row in rows],
        truth=[_CLASSES[row % 3] for row in rows],
    )


def flips() -> Report:
    before, after = _table((1, 2, 3, 4), 0.5), _table((1, 11, 12, 14), 0.53125)
    found = replace(
        compare_predictions("out/predictions.csv", before, after, key="id", show_rows=True),
        source_before="the archive",
        source_after="the working tree",
    )
    lost = replace(
        found,
        path="out/holdout.csv",
        absent="the rows cannot be compared: it has no column 'y'",
        decisions=None,
    )
    return replace(new_baseline(), change=replace(MOVED, metrics=(), predictions=(found, lost)))
