# SPDX-License-Identifier: Apache-2.0
"""What `repro doctor` says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How one check came out."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: of the subject.
        health: how it came out.
        found: one sentence without a full stop.
        details: more lines, where one does not say it all.
        remedy: what to do where something is wrong.
    """

    name: str
    health: Health
    found: str
    details: tuple[str, ...] = ()
    remedy: str = ""
