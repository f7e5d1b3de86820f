# SPDX-License-Identifier: Apache-2.0
"""The document of `repro drift --json`: inside `drift.v1.schema.json`; docs/json.md has its common keys."""

from __future__ import annotations

from typing import Literal

from repro_action.codec.canonical import Json
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.report.drift_model import DriftReport, TableDrift
from repro_action.report.json.layout import LARGEST, TEXT

_LISTS = {
    "columns": 20_000,
    "distances": 5,
    "added": 20,
    "gone": 20,
    "old_bins": 64,
    "new_bins": 64,
    "features": 3,
    "expected": 20_000,
    "notes": 100,
}

LAYOUT = DocumentLayout(
    longest=lambda _name: TEXT,
    most=_LISTS.__getitem__,
    largest=LARGEST,
    optional=frozenset(
        {
            "ColumnDrift.p_value",
            "ColumnDrift.q_value",
            "DriftReport.together",
            "DriftReport.predictions",
        }
    ),
    extra={
        DriftReport: {"version": Literal[1], "command": Literal["drift"], "exit_code": Literal[0, 1, 2]},
        TableDrift: {"answer": Literal["stable", "drifted", "undecided"]},
    },
)


def as_json(report: DriftReport) -> dict[str, Json]:
    """Return the document; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(report, LAYOUT)[0], LAYOUT)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        DriftReport,
        LAYOUT,
        identifier="urn:repro-action:drift:v1",
        title="Whether new data is like the data that the model was accepted with",
    )
