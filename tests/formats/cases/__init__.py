# SPDX-License-Identifier: Apache-2.0
"""The formats that the suite runs, a module for each one in `writers`."""

from __future__ import annotations

from formats.cases import frameworks, models, pictures, records, tables, zarr_arrays

CASES = (*models.CASES, *records.CASES, *tables.CASES, *pictures.CASES, *frameworks.CASES, *zarr_arrays.CASES)
