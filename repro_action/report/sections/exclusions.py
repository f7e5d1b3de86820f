# SPDX-License-Identifier: Apache-2.0
"""The leaves that rules left out of the comparison with the baseline.

A terminal shows them with the comparison that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.report.model import Report
from repro_action.report.sections.rows import Quantity, Row, RowsSection


def _rows(report: Report) -> Iterator[Row]:
    for each in report.claim.excluded if report.claim is not None else ():
        yield Row(each.artifact, (each.rule, Quantity(each.count, "leaf"), each.example))


EXCLUSIONS = RowsSection(
    name="exclusions",
    title="Left out of the comparison by a rule",
    columns=("artifact", "rule", "leaves", "such as"),
    rows=_rows,
    rank=18,
)
