# SPDX-License-Identifier: Apache-2.0
"""Group testing: which of many disturbances change the result, in few trials.

A trial disturbs a set of things at once and answers whether the result differs. Sets are
taken to be monotone: what makes a difference still makes one together with more. For `k`
culprits among `n` that act alone, one at a time, at most `k * (ceil(log2 n) + 2) + 1` trials
are asked for; each element of a group that makes a difference only together counts like a culprit.

The search is a generator of batches: the trials of one batch are independent of each other,
so they may run at the same time, wherever that is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence

Group = frozenset[str]
Batch = tuple[Group, ...]
Answers = Mapping[Group, bool]


def search(
    items: Iterable[str], *, width: int = 1, alone: bool = False
) -> Generator[Batch, Answers, tuple[Group, ...]]:
    """Find all minimal groups that make a difference and have no element in common.

    Args:
        items: names of what can be disturbed, each once.
        width: how many trials may run at the same time; more of them make more trials, but
            fewer batches.
        alone: try each by itself first; cheaper where several culprits are expected.

    Yields:
        Sets to be tried; each is to be answered with whether the result differs.

    Returns:
        The groups, in the order in which they were found.
    """
    remaining, state = tuple(items), _Search(max(1, width))
    found: list[Group] = []
    while remaining:
        answers = yield from state.ask(frozenset(remaining))
        if not answers[0]:
            break
        if alone and not found:
            singles = [frozenset({name}) for name in remaining]
            answers = yield from state.ask(*singles)
            found += [group for group, differs in zip(singles, answers, strict=True) if differs]
            remaining = tuple(name for name in remaining if frozenset({name}) not in found)
            alone = False
            continue
        group = yield from state.minimal(remaining)
        found.append(group)
        remaining = tuple(name for name in remaining if name not in group)
    return tuple(found)


class _Search:
    """What is known so far, and what follows from it."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._different: list[Group] = []
        self._same: list[Group] = [frozenset()]

    def ask(self, *groups: Group) -> Generator[Batch, Answers, list[bool]]:
        """Answer sets, by trial only where nothing that is known implies the answer."""
        unknown = tuple(dict.fromkeys(group for group in groups if self._implied(group) is None))
        if unknown:
            for group, different in (yield unknown).items():
                (self._different if different else self._same).append(group)
        return [bool(self._implied(group)) for group in groups]

    def _implied(self, group: Group) -> bool | None:
        # NOTE: differences are asked first, since a set that differed once does differ, whatever
        # a larger set that was tried by chance did.
        if any(answered <= group for answered in self._different):
            return True
        return False if any(group <= answered for answered in self._same) else None

    def minimal(self, remaining: Sequence[str]) -> Generator[Batch, Answers, Group]:
        """Find one minimal group that makes a difference, in a set that is known to make one."""
        group: Group = frozenset()
        while True:
            place = yield from self._prefix(group, remaining)
            group |= {remaining[place - 1]}
            # The rest is needed next in any case; beside the first question it costs no time.
            beside = [frozenset(remaining) - group] if self._width > 1 and len(group) == 1 else []
            answers = yield from self.ask(group, *beside)
            remaining = remaining[: place - 1]
            if answers[0] or not remaining:
                return group

    def _prefix(self, group: Group, remaining: Sequence[str]) -> Generator[Batch, Answers, int]:
        """Return the length of the shortest prefix that makes a difference together with a group."""
        low, high = 0, len(remaining)
        while high - low > 1:
            count = min(self._width, high - low - 1)
            points = [low + (high - low) * (index + 1) // (count + 1) for index in range(count)]
            answers = yield from self.ask(*(group | frozenset(remaining[:point]) for point in points))
            for point, different in zip(points, answers, strict=True):
                if different:
                    high = point
                    break
                low = point
        return high
