# SPDX-License-Identifier: Apache-2.0
"""`/repro accept FINGERPRINT [CONFIG]`, the first line of a comment: parsed strictly, not believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repro_action.report.bundle import path_fault

SHORTEST = 12
"""Digits of a fingerprint that must be given: 48 bits are not met by chance."""

_LINE = 2_000
_FINGERPRINT = re.compile(r"[0-9a-f]{12,64}")
USAGE = "/repro accept FINGERPRINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCommand:
    """The wish to make a run the baseline.

    Attributes:
        fingerprint: its beginning, at least `SHORTEST` hexadecimal digits.
        config: path of the configuration in the repository; empty for the only one that fits.
    """

    fingerprint: str
    config: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedCommand:
    """Meant for us, and not understood.

    Attributes:
        why: our own words; nothing of the comment is in them.
    """

    why: str


def parse(body: str) -> AcceptCommand | MalformedCommand | None:
    """Return what a comment asks for; None where its first line does not begin with `/repro`."""
    line = body.partition("\n")[0].removesuffix("\r")[:_LINE].rstrip(" \t")
    words = line.split(maxsplit=3)
    if not line.startswith("/repro") or words[0] != "/repro":
        return None
    if len(words) < 2 or words[1] != "accept":
        return MalformedCommand(why="The only command is accept.")
    if len(words) < 3:
        return MalformedCommand(why="The comment names no fingerprint.")
    fingerprint = words[2].lower()
    if not _FINGERPRINT.fullmatch(fingerprint):
        return MalformedCommand(
            why=f"A fingerprint is {SHORTEST} to 64 hexadecimal digits, as the report shows them."
        )
    config = words[3] if len(words) == 4 else ""
    fault = path_fault(config) if config else ""
    if fault:
        return MalformedCommand(why=f"What follows the fingerprint is not a path: {fault}.")
    return AcceptCommand(fingerprint=fingerprint, config=config)
