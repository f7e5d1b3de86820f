# SPDX-License-Identifier: Apache-2.0
"""The document of `repro diff --json`: inside `diff.v1.schema.json`.

It has the keys of every document (`version`, `command`, `exit_code`; docs/json.md) beside its own; its
comparison and its notes are laid out as those of a report.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from repro_action.codec.canonical import Json
from repro_action.report.diff_model import DiffReport
from repro_action.report.json.layout import LAYOUT as REPORT
from repro_action.report.json.layout import LISTS

_LISTS = {**LISTS, "notes": LISTS["hints"]}

LAYOUT = replace(
    REPORT,
    most=_LISTS.__getitem__,
    added=REPORT.added | {"DiffReport.notes"},
    extra={DiffReport: {"version": Literal[1], "command": Literal["diff"], "exit_code": Literal[0, 1]}},
)


def as_json(report: DiffReport) -> dict[str, Json]:
    """Return the keys of its own that the document has; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(report, LAYOUT)[0], LAYOUT)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        DiffReport, LAYOUT, identifier="urn:repro-action:diff:v1", title="What differs between two artifacts"
    )
