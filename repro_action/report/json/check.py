# SPDX-License-Identifier: Apache-2.0
"""The document of `repro check --json`: inside `check.v1.schema.json`; docs/json.md has its common keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from repro_action.codec.canonical import Json
from repro_action.report.check_model import CheckReport
from repro_action.report.json.layout import LAYOUT as REPORT
from repro_action.report.json.layout import LISTS

_LISTS = {
    **LISTS,
    "platforms": 64,
    "files": 10_000,
    "unmatched": 50,
    "context": 50,
    "notes": 100,
    "alone": 50,
    "accepted_alone": 50,
    "left_out": 20,
}

LAYOUT = replace(
    REPORT,
    most=_LISTS.__getitem__,
    optional=REPORT.optional | {"CheckReport.comparison", "CheckReport.earlier", "CheckReport.error"},
    extra={
        CheckReport: {"version": Literal[1], "command": Literal["check"], "exit_code": Literal[0, 1, 2, 3]}
    },
)


def as_json(report: CheckReport) -> dict[str, Json]:
    """Return the document; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(report, LAYOUT)[0], LAYOUT)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        CheckReport,
        LAYOUT,
        identifier="urn:repro-action:check:v1",
        title="Whether a deployed model is the one that was rebuilt",
    )
