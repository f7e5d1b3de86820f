# SPDX-License-Identifier: Apache-2.0
"""Why an estimator differs in a column under `portable`, found out by hand; each is shown in the page."""

from __future__ import annotations

from collections.abc import Mapping

CAUSES: Mapping[str, str] = {}
"""By estimator."""

UNKNOWN = "cause not yet found"
