# SPDX-License-Identifier: Apache-2.0
"""What the runs of both sides could not choose and what differs: CPU, kernel, host."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.model import Report
from repro_action.report.sections.rows import Row, RowsSection


def _rows(report: Report) -> Iterator[Row]:
    for pair in report.circumstances:
        yield Row(pair.name, (pair.before, pair.after))


CIRCUMSTANCES = RowsSection(
    name="circumstances",
    title="Circumstances that differ",
    columns=("circumstance", "baseline", "this run"),
    rows=_rows,
    rank=17,
    label="circumstances",
    sides=True,
)
