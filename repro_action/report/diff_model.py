# SPDX-License-Identifier: Apache-2.0
"""What `repro diff` answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from repro_action.report.model import Comparison, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """What differs between two artifacts, folders, baselines or runs.

    Attributes:
        comparison: what differs.
        same: whether the content is identical, leaf by leaf.
        within: whether it is identical or inside the tolerance.
        notes: why bytes differ whose leaves agree.
        version, command: of its document.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "diff"

    comparison: Comparison
    same: bool
    within: bool
    notes: tuple[Notice, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit status of the command."""
        return 0 if self.within else 1
