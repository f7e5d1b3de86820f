# SPDX-License-Identifier: Apache-2.0
"""`/repro accept FINGERPRINT [CONFIG]` or `/repro accept all`, the first lines of a comment: not believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from repro_action.report.bundle import path_fault

SHORTEST = 12
"""Digits of a fingerprint that must be given: 48 bits are not met by chance."""

MOST = 100
"""Commands of one comment."""

_LINE = 2_000
_FINGERPRINT = re.compile(r"[0-9a-f]{12,64}")
USAGE = "/repro accept FINGERPRINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCommand:
    """The wish to make a run the baseline.

    Attributes:
        fingerprint: its beginning, at least `SHORTEST` hexadecimal digits; empty for all runs of the report
            that can become one.
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


def parse(body: str) -> tuple[AcceptCommand, ...] | MalformedCommand | None:
    """Return what a comment asks for: its lines up to the first that does not begin with `/repro`.

    None where there is no such line; what follows them is for people.
    """
    lines = list(takewhile(_is_command, body.split("\n", MOST + 1)[: MOST + 1]))
    if not lines:
        return None
    if len(lines) > MOST:
        return MalformedCommand(why=f"The comment has more than {MOST} commands.")
    commands = [_command(line) for line in lines]
    wrong = next((one for one in commands if isinstance(one, MalformedCommand)), None)
    return wrong or tuple(one for one in commands if isinstance(one, AcceptCommand))


def _is_command(line: str) -> bool:
    return line.startswith("/repro") and line.split(maxsplit=1)[0] == "/repro"


def _command(line: str) -> AcceptCommand | MalformedCommand:
    words = line.removesuffix("\r")[:_LINE].rstrip(" \t").split(maxsplit=3)
    if len(words) < 2 or words[1] != "accept":
        return MalformedCommand(why="The only command is accept.")
    if len(words) < 3:
        return MalformedCommand(why="The comment names no fingerprint.")
    if words[2:] == ["all"]:
        return AcceptCommand(fingerprint="")
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
