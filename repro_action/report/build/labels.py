# SPDX-License-Identifier: Apache-2.0
"""What people call the two sides of a change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What people call the two sides of a change; empty for the usual words.

    Attributes:
        base: the revision that is compared with, such as `main`.
        this: what is checked out, such as `this pull request`.
        commit: the commit that people know it by, where a runner merged it into another.
        merged_into: that other commit; empty where nothing was merged.
    """

    base: str = ""
    this: str = ""
    commit: str = ""
    merged_into: str = ""


USUAL_LABELS = Labels()
