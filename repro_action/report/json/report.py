# SPDX-License-Identifier: Apache-2.0
"""The report as canonical JSON, and back.

The text is ASCII with sorted keys: one text for one report, and harmless wherever it is
printed. `load` trusts nothing: it checks every bound of `report.v1.schema.json` itself.
"""

from __future__ import annotations

from repro_action.codec.canonical import Json, indented
from repro_action.errors import ArtifactUnreadable
from repro_action.report.json.document import bounded, typed
from repro_action.report.json.layout import LAYOUT, encode
from repro_action.report.model import Comparison, Report


def dump(report: Report) -> str:
    """Write a report; texts and lists beyond their bound are cut, and a warning says so."""
    return indented(encode(report))


def as_json(comparison: Comparison) -> dict[str, Json]:
    """Return one comparison as it is in a report, for `repro diff --json`."""
    from repro_action.codec.typed.document import write
    from repro_action.codec.typed.shorten import shortened

    return write(shortened(comparison, LAYOUT)[0], LAYOUT)


def load(text: str, where: str = "report.json") -> Report:
    """Read what `dump` wrote.

    Raises:
        ArtifactUnreadable: the text is not a report of this version, or exceeds a bound.
    """
    return decode(bounded(text, where, called="the report"), where)


def decode(raw: object, where: str) -> Report:
    """Read what `encode` returned.

    Raises:
        ArtifactUnreadable: the value is not a report of this version, or exceeds a bound.
    """
    if not isinstance(raw, dict) or raw.get("version") != Report.version:
        raise ArtifactUnreadable(
            "it is not a report of version 1",
            where=where,
            remedy="Read it with the release of repro that wrote it.",
        )
    return typed(raw, Report, LAYOUT, where)


def schema() -> dict[str, object]:
    """Return the JSON Schema of a report."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        Report, LAYOUT, identifier="urn:repro-action:report:v1", title="The report of one run of repro"
    )
