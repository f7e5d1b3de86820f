# SPDX-License-Identifier: Apache-2.0
"""How many builders got the same, and who did not: the count, then a row a receipt."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.model import Report
from repro_action.report.sections.rows import Row, RowsSection


def _rows(report: Report) -> Iterator[Row]:
    counts = report.receipts
    if counts is None:
        return
    yield Row(counts.text, ("", "", "", ""))
    for one in counts.listed:
        yield Row(one.builder, (one.state.value, one.platform, one.commit, one.text))


RECEIPTS = RowsSection(
    name="receipts",
    title="Receipts",
    columns=("builder", "", "platform", "commit", "found"),
    rows=_rows,
    rank=14,
    label="receipts",
)
