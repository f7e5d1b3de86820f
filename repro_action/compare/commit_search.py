# SPDX-License-Identifier: Apache-2.0
"""Which commit to ask next, until the one at which a result changed is found: binary search over positions.

Positions stand for commits in the order of history, commits with the same materials being one position.
The first is known to have the result as it was, the last the changed one. Where a result changes only once,
`n` unknown positions between them take at most `ceil(log2(n + 1))` questions. Where it changes several
times, what is found is a real change all the same: one side is asked and has the old result, the other is
asked and has the new one; that the result also changed elsewhere is known as far as positions were asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class CommitAnswer(StrEnum):
    """What is known of a position."""

    SAME = "same"
    CHANGED = "changed"
    SKIPPED = "skipped"
    """It cannot be told: the commit does not train."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchInterval:
    """What is left to search.

    Attributes:
        same: the last position that is known to have the old result.
        changed: the first one after it that is known to have the new one.
        unknown: positions between them that were not asked.
        skipped: positions between them that cannot be told.
    """

    same: int
    changed: int
    unknown: tuple[int, ...]
    skipped: tuple[int, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to ask."""
        return not self.unknown

    @property
    def candidates(self) -> tuple[int, ...]:
        """The positions of which one brought the change, so far as is known."""
        return tuple(range(self.same + 1, self.changed + 1))

    @property
    def most_questions(self) -> int:
        """How many more questions it takes at most where none is in vain: `ceil(log2(unknown + 1))`."""
        return len(self.unknown).bit_length()


def remaining_interval(answers: Sequence[CommitAnswer | None]) -> SearchInterval:
    """Return what is left to search: where the result changed last, so far as is known.

    Raises:
        ValueError: the first position has not the old result, or the last not the new one.
    """
    if not answers or answers[0] is not CommitAnswer.SAME or answers[-1] is not CommitAnswer.CHANGED:
        raise ValueError("the ends are not known to differ")
    same = max(place for place, answer in enumerate(answers) if answer is CommitAnswer.SAME)
    changed = next(place for place in range(same + 1, len(answers)) if answers[place] is CommitAnswer.CHANGED)
    between = range(same + 1, changed)
    return SearchInterval(
        same=same,
        changed=changed,
        unknown=tuple(place for place in between if answers[place] is None),
        skipped=tuple(place for place in between if answers[place] is CommitAnswer.SKIPPED),
    )


def next_position(interval: SearchInterval) -> int:
    """Return the position to ask next; of an interval that has unknown ones.

    Without skipped positions, the middle of what is unknown. A commit that does not train often stands
    beside others that do not, so each further question goes to another part: fractions of the unknown by
    the sequence of van der Corput in base 2 (Verteilungsfunktionen, 1935): 1/2, 1/4, 3/4, 1/8, 5/8…
    """
    fraction = _radical_inverse(len(interval.skipped) + 1)
    return interval.unknown[int(fraction * len(interval.unknown))]


def _radical_inverse(number: int) -> float:
    inverse, unit = 0.0, 0.5
    while number:
        inverse += unit * (number & 1)
        number >>= 1
        unit /= 2
    return inverse


def known_changes(answers: Sequence[CommitAnswer | None]) -> tuple[tuple[int, int], ...]:
    """Return every pair of neighbouring known positions whose results differ, oldest first.

    More than one pair says that the result changed, changed back, and changed again.
    """
    known = [
        place for place, answer in enumerate(answers) if answer in {CommitAnswer.SAME, CommitAnswer.CHANGED}
    ]
    return tuple((one, two) for one, two in pairwise(known) if answers[one] is not answers[two])
