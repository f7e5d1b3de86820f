# SPDX-License-Identifier: Apache-2.0
"""Sections of Markdown that are shown whole or left out, the least telling first.

So a body never ends in the middle of a table; what is left out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from repro_action.report.text import plural

BUDGET = 60_000
"""UTF-8 bytes; GitHub refuses comments beyond 65,536 characters."""

_RESERVED = 1_000
"""Bytes for the footer and the note about what was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part that is shown or left out; beyond the first, its blocks may be left out singly.

    Attributes:
        name: as it is called where it is left out.
        rank: the lower, the more telling.
        blocks: ours, or escaped.
        fold: the summary under which it is folded; empty where it stands open.
        noun: what a block is, to count those left out.
    """

    name: str
    rank: int
    blocks: Sequence[str]
    fold: str = ""
    noun: str = "artifact"

    def render(self, count: int) -> str:
        """Return the first `count` blocks, and how many are left out."""
        left = len(self.blocks) - count
        told = [f"_{plural(left, f'more {self.noun}')} left out for length._"] if left else []
        body = "\n\n".join([*self.blocks[:count], *told])
        return fold(self.fold, body) if self.fold else body


def fold(summary: str, body: str) -> str:
    """Return a body folded under its summary; both are ours, or escaped."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def fitted(held: Iterable[Section], footer: str, *, budget: int = BUDGET) -> str:
    """Return sections in order and the footer, in at most `budget` UTF-8 bytes."""
    sections = [section for section in held if section.blocks]
    shown: dict[int, str] = {}
    left = budget - _RESERVED
    for place, section in sorted(enumerate(sections), key=lambda entry: entry[1].rank):
        text = _fitting(section, left)
        if text:
            shown[place] = text
            left -= _cost(text)
    missing = [section.name for place, section in enumerate(sections) if place not in shown]
    note = [f"_Left out for length: {', '.join(missing)}. The JSON report has them._"] if missing else []
    return "\n\n".join([*(shown[place] for place in sorted(shown)), *note, footer]) + "\n"


def _fitting(section: Section, left: int) -> str:
    for count in range(len(section.blocks), 0, -1):
        text = section.render(count)
        if _cost(text) <= left:
            return text
    return ""


def _cost(text: str) -> int:
    return len(text.encode("utf-8", "replace")) + 2
