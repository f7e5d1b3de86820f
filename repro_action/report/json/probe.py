# SPDX-License-Identifier: Apache-2.0
"""A probe's report as canonical JSON, and back: ASCII with sorted keys, inside `probe.v1.schema.json`."""

from __future__ import annotations

from repro_action.codec.canonical import indented
from repro_action.errors import ArtifactUnreadable
from repro_action.report.json.document import bounded, typed
from repro_action.report.json.layout import LAYOUT, encode
from repro_action.report.probe_model import ProbeReport


def dump(report: ProbeReport) -> str:
    """Write a report; texts and lists beyond their bound are cut, and a warning says so."""
    return indented(encode(report))


def load(text: str, where: str = "probe.json") -> ProbeReport:
    """Read what `dump` wrote.

    Raises:
        ArtifactUnreadable: the text is not a probe's report of this version, or exceeds a bound.
    """
    raw = bounded(text, where, called="the report")
    report = typed(raw, ProbeReport, LAYOUT, where)
    if isinstance(raw, dict) and raw["robust"] is not report.robust:
        raise ArtifactUnreadable("`robust` contradicts its variations and findings", where=where)
    return report


def schema() -> dict[str, object]:
    """Return the JSON Schema of a probe's report."""
    from repro_action.codec.typed.schema import schema as described

    return described(
        ProbeReport,
        LAYOUT,
        identifier="urn:repro-action:probe:v1",
        title="The report of one probe of repro",
    )
