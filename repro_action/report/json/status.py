# SPDX-License-Identifier: Apache-2.0
"""The document of `repro status --json`, and back: inside `status.v1.schema.json`.

It has the keys of every document (`version`, `command`, `exit_code`; docs/json.md) beside its own.
"""

from __future__ import annotations

from typing import Literal

from repro_action.codec.canonical import Json
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.errors import ArtifactUnreadable
from repro_action.report.json.document import bounded, typed
from repro_action.report.status import StatusReport

TEXT = 1 << 16
"""Characters of any text; longer ones are cut."""

ENTRIES = 100_000
"""Entries of any list; what is beyond is left out."""

LAYOUT = DocumentLayout(
    longest=lambda _name: TEXT,
    most=lambda _name: ENTRIES,
    renamed={"suspects": "materials", "built": "environment_built", "undeclared": "undeclared_reads"},
    omitted=frozenset({"StatusReport.count", "Suspect.direct"}),
    extra={
        StatusReport: {"version": Literal[1], "command": Literal["status"], "exit_code": Literal[0, 1, 3]}
    },
)


def as_json(report: StatusReport) -> dict[str, Json]:
    """Return the document of a report; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(report, LAYOUT)[0], LAYOUT)


def load(text: str, where: str = "status.json") -> StatusReport:
    """Read what `repro status --json` printed; how many materials agree is not in it.

    Raises:
        ArtifactUnreadable: the text is not such a document of this version, or exceeds a bound.
    """
    raw = bounded(text, where, called="the document")
    report = typed(raw, StatusReport, LAYOUT, where)
    if isinstance(raw, dict) and raw["exit_code"] != report.exit_code:
        raise ArtifactUnreadable("`exit_code` contradicts `platform` and `materials`", where=where)
    return report


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        StatusReport,
        LAYOUT,
        identifier="urn:repro-action:status:v1",
        title="What differs from the baseline, without training",
    )
