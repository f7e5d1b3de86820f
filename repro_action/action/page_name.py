# SPDX-License-Identifier: Apache-2.0
"""How the artifact with the page is called: it is none of the reports that other jobs read."""

from __future__ import annotations


def page_name(artifact: str) -> str:
    """Return the name: `repro-page` beside `repro-report`, `page.NAME` beside others; empty for none."""
    if not artifact:
        return ""
    return artifact.replace("report", "page", 1) if "report" in artifact else f"page.{artifact}"
