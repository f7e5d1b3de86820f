# SPDX-License-Identifier: Apache-2.0
"""Parts of Markdown that are shown whole or left out, the least telling first.

So a body never ends in the middle of a table; what is left out is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from repro_action.text import plural

BUDGET = 60_000
"""UTF-8 bytes; GitHub refuses comments beyond 65,536 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that is shown or left out; beyond the first, its blocks may be left out singly.

    Attributes:
        name: as it is called where it is left out.
        rank: the lower, the more telling.
        blocks: ours, or escaped.
        fold: the summary under which it is folded, together with its neighbours of the same summary;
            empty where it is open.
        title: its heading inside the fold; Markdown.
        noun: what a block is, to count those left out.
        lead: comes before the blocks whatever is left out, such as the head of a table of rows.
        joint: what comes between blocks.
    """

    name: str
    rank: int
    blocks: Sequence[str]
    fold: str = ""
    title: str = ""
    noun: str = "artifact"
    lead: str = ""
    joint: str = "\n\n"

    def render(self, count: int) -> str:
        """Return the first `count` blocks, and how many are left out."""
        left = len(self.blocks) - count
        shown = self.joint.join([*([self.lead] if self.lead else []), *self.blocks[:count]])
        note = [f"_{plural(left, f'more {self.noun}')} left out for length._"] if left else []
        head = [f"#### {self.title}"] if self.title else []
        return "\n\n".join([*head, shown, *note])


def fold(summary: str, body: str) -> str:
    """Return a body folded under its summary; both are ours, or escaped."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def fitted(
    body: Iterable[Part],
    footer: str,
    *,
    budget: int = BUDGET,
    first: str = "",
    rest: str = "The JSON report has them.",
) -> str:
    """Return parts in order and the footer, in at most `budget` UTF-8 bytes.

    Args:
        body: the parts.
        footer: the last line.
        budget: UTF-8 bytes.
        first: a line that comes before everything, and is never left out.
        rest: says where to find what is left out.
    """
    parts = [part for part in body if part.blocks]
    frame = [first, footer, _note(parts, rest)]
    left = budget - sum(_cost(text) for text in frame)
    shown: dict[int, str] = {}
    for place, part in sorted(enumerate(parts), key=lambda entry: entry[1].rank):
        # Each pays for a fold of its own: whether a neighbour shares it is not known yet.
        frame_cost = _cost(fold(part.fold, "")) if part.fold else 0
        text = _fitting(part, left - frame_cost)
        if text:
            shown[place] = text
            left -= _cost(text) + frame_cost
    note = _note([part for place, part in enumerate(parts) if place not in shown], rest)
    body_texts = _folded([(parts[place].fold, shown[place]) for place in sorted(shown)])
    texts = [first, *body_texts, note, footer]
    return "\n\n".join(text for text in texts if text) + "\n"


def _folded(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Return texts with neighbours of the same summary in one fold."""
    groups = groupby(texts, key=lambda one: one[0])
    found = ((summary, [text for _, text in group]) for summary, group in groups)
    return [
        text
        for summary, group in found
        for text in ([fold(summary, "\n\n".join(group))] if summary else group)
    ]


def _note(missing: Iterable[Part], rest: str) -> str:
    counts = Counter(part.name for part in missing)
    names = [name if count == 1 else f"{name} ({count} times)" for name, count in counts.items()]
    return f"_Left out for length: {', '.join(names)}. {rest}_" if names else ""


def _fitting(part: Part, left: int) -> str:
    """Return as much of a part as fits, by bisection: more blocks never take less."""
    whole = part.render(len(part.blocks))
    if _cost(whole) <= left:
        return whole
    low, high = 0, len(part.blocks) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _cost(part.render(middle)) <= left else (low, middle - 1)
    return part.render(low) if low else ""


def _cost(text: str) -> int:
    return len(text.encode("utf-8", "replace")) + 2
