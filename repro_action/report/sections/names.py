# SPDX-License-Identifier: Apache-2.0
"""The names of the sections that a comment can show, as people switch them on and off."""

from __future__ import annotations

from repro_action.report.sections.table import SECTIONS

OPEN = ("metrics", "others", "next")
"""Sections that are seen at first."""

FOLDED = (
    "output", "baseline", "change", "randomness", "hints", "history", "artifacts", "warnings", "inputs",
    *(section.name for section in SECTIONS), "steps", "reproduce", "accept",
)  # fmt: skip
"""Sections in the fold, in the order of reading."""

NAMES = (*OPEN, *FOLDED)
