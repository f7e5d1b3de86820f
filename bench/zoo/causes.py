# SPDX-License-Identifier: Apache-2.0
"""Why an estimator differs where it should not, found out by hand; each is shown in the page."""

from __future__ import annotations

from collections.abc import Mapping

CAUSES: Mapping[str, str] = {
    "Isomap": "whose ARPACK starts from a vector drawn from NumPy's global generator, seeded by nobody",
}
"""By estimator."""

UNKNOWN = "cause not yet found"
