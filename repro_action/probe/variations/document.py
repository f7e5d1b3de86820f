# SPDX-License-Identifier: Apache-2.0
"""The table of variations in docs/probe.md, rendered from their classes."""

from __future__ import annotations

from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.probe.variations.protocol import Variation
from repro_action.report.render.markdown.escape import prose


def render() -> str:
    """Return the table of all variations as Markdown."""
    rows = [
        "| variation | disturbs | rounding only | fix |",
        "| --- | --- | --- | --- |",
        *(_row(variation) for variation in VARIATIONS),
    ]
    return "\n".join(rows) + "\n"


def _row(variation: Variation) -> str:
    cells = [
        f"`{variation.name}`",
        prose(variation.what),
        "yes" if variation.numeric else "",
        variation.remedy,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
