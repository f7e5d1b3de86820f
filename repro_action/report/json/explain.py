# SPDX-License-Identifier: Apache-2.0
"""The document of `repro explain --json`: inside `explain.v1.schema.json`."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from repro_action.attribution.model import Attribution
from repro_action.codec.canonical import Json
from repro_action.report.json.layout import LAYOUT as REPORT

LAYOUT = replace(
    REPORT,
    extra={Attribution: {"version": Literal[1], "command": Literal["explain"], "exit_code": Literal[0, 2]}},
)


def as_json(attribution: Attribution) -> dict[str, Json]:
    """Return the document; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(attribution, LAYOUT)[0], LAYOUT)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        Attribution,
        LAYOUT,
        identifier="urn:repro-action:explain:v1",
        title="Which part of a change moved the metrics",
    )
