# SPDX-License-Identifier: Apache-2.0
"""The bounds of what is reported: a report written by strangers is inside them or is not read at all.

A list without a bound here cannot be reported. A new field of `repro_action.report.model` that
reports of version 1 lack is `OPTIONAL` or `ADDED`.
"""

from __future__ import annotations

from typing import Literal, TypeVar

from repro_action.codec.canonical import Json
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.report.model import Notice, Report
from repro_action.report.probe_model import ProbeReport

TEXT = 4_000
"""Characters of any text."""

LARGEST = 2**64
"""Any whole number of the report itself; values of metrics are not bounded by it."""

LISTS = {
    "archives": 8,
    "artifacts": 200,
    "causes": 50,
    "changed_rows": 10,
    "circumstances": 200,
    "differing": 200,
    "environment": 1_000,
    "excluded": 500,
    "failed": 64,
    "findings": 100,
    "flips": 10,
    "pinned_by": 64,
    "hints": 100,
    "interactions": 64,
    "leaves": 100,
    "listed": 50,
    "marks": 1_000,
    "materials": 500,
    "metrics": 500,
    "notes": 100,
    "observations": 500,
    "outside": 200,
    "outside_artifacts": 200,
    "partings": 20,
    "places": 100,
    "players": 500,
    "predictions": 20,
    "quantiles": 7,
    "remarks": 10,
    "reproduce": 100,
    "searches": 300,
    "settings": 500,
    "shape": 64,
    "shares": 500,
    "singles": 500,
    "steps": 1_000,
    "suspects": 100,
    "strip": 16,
    "trends": 4,
    "uncommitted": 100,
    "values": 50,
    "variations": 64,
    "warnings": 100,
}
"""Entries of the list in a field of that name."""

OPTIONAL = frozenset(
    {
        "Cause.file",
        "Cause.line",
        "Comparison.partings",
        "Comparison.predictions",
        "ProbeFinding.unfinished",
        "ConfigChanges.former",
        "ConfigChanges.hidden",
        "ConfigChanges.outside",
        "ConfigChanges.outside_artifacts",
        "ConfigChanges.unread",
        "Finding.step",
        "LeafDifference.opaque",
        "MaterialDifference.extent",
        "MetricRow.further",
        "MetricRow.noise",
        *(f"NoiseMargin.{name}" for name in ("mean", "deviation", "quantiles", "sigmas", "bar")),
        *("NoiseMargin.stale", "NoiseMargin.missing"),
        "MaterialDifference.file",
        "MaterialDifference.line",
        "MaterialDifference.presence",
        "Notice.log",
        "Observation.step",
        "ProbeReport.enclosure",
        "ProbeReport.suspects",
        "Report.attribution",
        "Report.claimed_by",
        "Report.config_changes",
        "Report.environment_digest",
        "Report.findings",
        "Report.observations",
        "ReceiptLine.commit",
        "ReceiptLine.platform",
        "ReceiptLine.text",
        "Report.receipts",
        "Report.searches",
        "Report.trends",
        "Report.trends_absent",
        "Report.verified_in",
        "Side.merged_into",
        "Side.uncommitted",
    }
)
"""Fields that a document of this version may lack, and lacks where they are empty."""

ADDED = frozenset({"Finding.confidence", "Finding.kind"})
"""Fields that a document of this version may lack, because they came later."""

RENAMED = {"remedy": "cure", "pinned_by": "held"}
"""Fields whose key in documents of this version has another name."""

LAYOUT = DocumentLayout(
    longest=lambda _name: TEXT,
    most=LISTS.__getitem__,
    largest=LARGEST,
    optional=OPTIONAL,
    added=ADDED,
    renamed=RENAMED,
    extra={
        Report: {"version": Literal[1]},
        ProbeReport: {"version": Literal[1], "robust": bool},
    },
)

_R = TypeVar("_R", Report, ProbeReport)


def encode(report: _R) -> dict[str, Json]:
    """Return a report as JSON; texts and lists beyond their bound are cut, and a warning says so."""
    from repro_action.codec.typed.document import DocumentMismatch, write

    try:
        return write(report, LAYOUT)
    except DocumentMismatch:
        return write(inside_bounds(report), LAYOUT)


def inside_bounds(report: _R) -> _R:
    """Return a report whose texts and lists are inside their bounds, with a warning of what was cut."""
    from dataclasses import replace

    from repro_action.codec.typed.shorten import shortened

    short: _R
    short, cuts = shortened(report, LAYOUT)
    if not cuts:
        return report
    notice = Notice(what=f"the report was too long, and parts of it were cut: {', '.join(cuts[:10])}")
    return replace(short, warnings=(*short.warnings[: LISTS["warnings"] - 1], notice))
