# SPDX-License-Identifier: Apache-2.0
"""What `repro status` reports: the present materials against a baseline's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from repro_action.findings.suspect import Suspect
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredRead:
    """One read of a file that no step declares; paths are relative to the project.

    Attributes:
        file: the source.
        line: from 1.
        path: what is read there.
    """

    file: str
    line: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What differs, without training.

    Attributes:
        platform: the class that was compared; empty without a baseline.
        suspects: materials that differ, one line each.
        built: whether the environment is built.
        count: how many materials the baseline names.
        undeclared: reads of files that no step declares.
        version, command: of its document.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "status"

    platform: str = ""
    suspects: tuple[Suspect, ...] = ()
    built: bool
    count: int = 0
    undeclared: tuple[UndeclaredRead, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all the same, 1 something differs, 3 no baseline."""
        if not self.platform:
            return Verdict.NO_BASELINE.exit_code
        return Verdict.CHANGED.exit_code if self.suspects else 0
