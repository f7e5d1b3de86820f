# SPDX-License-Identifier: Apache-2.0
"""The run that trained in place of the one that is reported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRun:
    """The workflow run in which a result was verified that was not trained here.

    Attributes:
        run: its number.
        date: of it, as `2026-11-30`.
        commit: that it trained.
    """

    run: int
    date: str
    commit: str
