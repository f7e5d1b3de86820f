# SPDX-License-Identifier: Apache-2.0
"""What other builders say of a run, as a report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LISTED_RECEIPTS = 50
"""Receipts that are listed; all are counted."""


class ReceiptState(StrEnum):
    """What one receipt says of the run."""

    CONFIRMS = "confirms"
    DISAGREES = "disagrees"
    REFUSED = "refused"
    """No listed key signed it, or it is damaged: `text` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One receipt.

    Attributes:
        builder: name of the key's file and the beginning of its id; of one that is refused, its file.
        platform: class on which it was rebuilt; empty where it is refused.
        commit: that was rebuilt, shortened; empty where it is refused.
        text: where the two part, or why it is refused; empty for one that confirms.
    """

    builder: str
    state: ReceiptState
    platform: str = ""
    commit: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCounts:
    """How many builders got the same from the same materials.

    Attributes:
        confirmed: keys that signed the same.
        builders: keys that signed what they got of these materials.
        demanded: how many the configuration asks for; of a pull request, or its base, whichever is more.
        listed: disagreeing ones first.
    """

    confirmed: int
    builders: int
    demanded: int = 0
    listed: tuple[ReceiptLine, ...] = ()

    @property
    def too_few(self) -> bool:
        """Whether fewer confirm it than are demanded."""
        return self.confirmed < self.demanded

    @property
    def text(self) -> str:
        """The count in words."""
        noun = "builder" if self.builders == 1 else "builders"
        demanded = f" ({self.demanded} demanded)" if self.demanded else ""
        return f"confirmed by {self.confirmed} of {self.builders} {noun}{demanded}"
