# SPDX-License-Identifier: Apache-2.0
"""The document of `repro history --json`: inside `history.v1.schema.json`.

It has the keys of every document (`version`, `command`, `exit_code`; docs/json.md) beside its own; what
each baseline changed is laid out as the comparisons of a report.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from repro_action.codec.canonical import Json
from repro_action.report.json.layout import LAYOUT as REPORT
from repro_action.report.json.layout import LISTS
from repro_action.report.model_history import RepositoryHistory

_LISTS = {
    **LISTS,
    "models": 1_000,
    "versions": 1_000,
    "points": 1_000,
    "platforms": 100,
    "added": 100,
    "removed": 100,
    "changes": 100,
    "notices": 100,
}

LAYOUT = replace(
    REPORT,
    most=_LISTS.__getitem__,
    extra={
        RepositoryHistory: {"version": Literal[1], "command": Literal["history"], "exit_code": Literal[0]}
    },
)


def as_json(history: RepositoryHistory) -> dict[str, Json]:
    """Return the document of a history; texts and lists beyond their bound are cut."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(history, LAYOUT)[0], LAYOUT)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the document."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        RepositoryHistory,
        LAYOUT,
        identifier="urn:repro-action:history:v1",
        title="What was accepted of each model, commit by commit",
    )
