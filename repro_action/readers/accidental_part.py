# SPDX-License-Identifier: Apache-2.0
"""One rule for what readers leave out of what libraries save."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentalPart:
    """One rule.

    Attributes:
        rule: its name in reports.
        library: what writes it.
        what: what is left out, and where.
        why: what makes it accidental.
        source: where the library's code or documentation shows that.
    """

    rule: str
    library: str
    what: str
    why: str
    source: str
