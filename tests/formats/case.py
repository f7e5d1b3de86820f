# SPDX-License-Identifier: Apache-2.0
"""What is known of a format that the suite runs: the files of it, and what reading them must give."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One format or dialect.

    Attributes:
        name: of the folder with its files.
        title: in the table.
        format: the reader that is expected.
        changed: the leaves that differ where one value was changed, and no other.
        rules: of the accidental parts that are left out.
        slack: share of flipped bits at most that leave the leaves as they are, being the container's.
        magnitude: whether the change is one unit in the last place of one element.
        verbatim: whether the leaf lies in the file as its bytes are digested.
        flips: bits that are flipped, more where a file is mostly empty.
        needs: the module of an extra without which the format is read as bytes.
    """

    name: str
    title: str
    format: str
    changed: tuple[str, ...]
    rules: tuple[str, ...] = ()
    slack: float = 0.0
    magnitude: bool = True
    verbatim: bool = False
    flips: int = 48
    needs: str = ""

    @property
    def ready(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """The file as written once, again, and with the change."""
        found = [next((DATA / self.name / folder).iterdir()) for folder in ("one", "two", "changed")]
        return found[0], found[1], found[2]
