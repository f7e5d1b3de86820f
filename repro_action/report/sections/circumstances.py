# SPDX-License-Identifier: Apache-2.0
"""What the runs of both sides could not choose and what differs: CPU, kernel, host."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.numeric.kernels import shown
from repro_action.numeric.signature import CIRCUMSTANCE, NumericSignature
from repro_action.report.model import Report
from repro_action.report.sections.rows import Row, RowsSection


def _rows(report: Report) -> Iterator[Row]:
    for pair in report.circumstances:
        if pair.name == CIRCUMSTANCE:
            yield Row("numeric signature", (_shown(pair.before), _shown(pair.after)))
        else:
            yield Row(pair.name, (pair.before, pair.after))


def _shown(text: str) -> str:
    """Return a numeric signature by its digest and kernel; as it is where it is not one."""
    signature = NumericSignature.parse(text)
    return shown(signature) if signature is not None else text


CIRCUMSTANCES = RowsSection(
    name="circumstances",
    title="Circumstances that differ",
    columns=("circumstance", "baseline", "this run"),
    rows=_rows,
    rank=17,
    label="circumstances",
    sides=True,
)
