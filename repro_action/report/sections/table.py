# SPDX-License-Identifier: Apache-2.0
"""The sections that are rows, in the order of reading."""

from __future__ import annotations

from repro_action.report.sections.attribution import ATTRIBUTION
from repro_action.report.sections.circumstances import CIRCUMSTANCES
from repro_action.report.sections.exclusions import EXCLUSIONS
from repro_action.report.sections.predictions import PREDICTIONS
from repro_action.report.sections.receipts import RECEIPTS
from repro_action.report.sections.rows import RowsSection
from repro_action.report.sections.searches import SEARCHES
from repro_action.report.sections.training import TRAINING

SECTIONS: tuple[RowsSection, ...] = (
    RECEIPTS,
    SEARCHES,
    ATTRIBUTION,
    PREDICTIONS,
    TRAINING,
    CIRCUMSTANCES,
    EXCLUSIONS,
)
