# SPDX-License-Identifier: Apache-2.0
"""The table of public reports."""

from __future__ import annotations

from bench.public_reports.made_by_libraries import MADE_BY_LIBRARIES
from bench.public_reports.model import PublicReport
from bench.public_reports.orders import ORDERS
from bench.public_reports.races import RACES
from bench.public_reports.randomness import RANDOMNESS

REPORTS: tuple[PublicReport, ...] = (*RANDOMNESS, *RACES, *ORDERS, *MADE_BY_LIBRARIES)
BY_NAME = {report.name: report for report in REPORTS}
