# SPDX-License-Identifier: Apache-2.0
"""A bisection whose trials are answered by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from repro_action.probe.bisection import Group, search


def solve(items: Iterable[str], differs: Callable[[Group], bool]) -> tuple[Group, ...]:
    """Run a search with an oracle, one trial at a time."""
    steps = search(items)
    try:
        batch = next(steps)
        while True:
            batch = steps.send({group: differs(group) for group in batch})
    except StopIteration as ended:
        groups: tuple[Group, ...] = ended.value
        return groups
