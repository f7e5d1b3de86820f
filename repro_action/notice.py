# SPDX-License-Identifier: Apache-2.0
"""A notice: what happened, why it is likely, what to do about it, and where; every message is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An error, a warning or a hint.

    Attributes:
        what: one sentence that says what happened.
        why: the likely cause; empty when `what` already says it.
        remedy: what the user can do about it.
        where: `file`, `file:line` or `file: key`; empty when there is no place.
        log: path of the file with everything that was written, on the machine that ran; readers
            elsewhere are told where they find it.
    """

    what: str
    why: str = ""
    remedy: str = ""
    where: str = ""
    log: str = ""
