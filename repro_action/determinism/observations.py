# SPDX-License-Identifier: Apache-2.0
"""Reads what the audit inside a process noticed: bounded and validated, as a step can write there too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from repro_action.determinism.untrusted import clean, count, is_plain
from repro_action.observation import Observation, ObservationKind

MAX_OBSERVATIONS = 5_000
"""Of one report, and of all processes of a step together."""

MAX_COUNT = 2**53

_KINDS = {kind.value: kind for kind in ObservationKind}
_FIRST = (
    ObservationKind.GENERATOR,
    ObservationKind.ENTROPY,
    ObservationKind.CLOCK,
    ObservationKind.HOST,
    ObservationKind.NETWORK,
    ObservationKind.PROCESS,
    ObservationKind.LISTING,
    ObservationKind.READ,
)
"""What is kept first where there is too much."""


def parse(value: object, refuse: Callable[[str], None]) -> tuple[Observation, ...]:
    """Take observations out of one report.

    Args:
        value: what stands under `observations`; None for nothing.
        refuse: told why something is left out, at most twice.

    Returns:
        Every entry that has the expected form, in their order.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_OBSERVATIONS:
        refuse(f"not a list of at most {MAX_OBSERVATIONS} tables")
        return ()
    found = [_observation(item) for item in value if isinstance(item, dict)]
    whole = tuple(item for item in found if item is not None)
    if len(whole) < len(value):
        refuse(f"{len(value) - len(whole)} entries do not have the expected form")
    return whole


def _observation(raw: Mapping[str, object]) -> Observation | None:
    kind = raw.get("kind")
    texts = [raw.get(name, "") for name in ("what", "file", "detail")]
    numbers = [count(raw.get("line", 0)), count(raw.get("count", 1))]
    flags = [raw.get(name, False) for name in ("seeded", "missing")]
    what, file, detail = (clean(text) if isinstance(text, str) else None for text in texts)
    line, times = numbers
    if what is None or file is None or detail is None or line is None or not times:
        return None
    if not isinstance(kind, str) or kind not in _KINDS or not all(isinstance(flag, bool) for flag in flags):
        return None
    if file and not is_plain(file):
        return None
    return Observation(
        kind=_KINDS[kind],
        what=what,
        file=file,
        line=line,
        detail=detail,
        count=times,
        seeded=flags[0] is True,
        missing=flags[1] is True,
    )


def merge(groups: Iterable[tuple[Observation, ...]]) -> tuple[tuple[Observation, ...], int]:
    """Join the observations of several processes: the same thing done by the same line is one.

    Returns:
        The observations, sorted, and how many there was no room for.
    """
    counts: dict[Observation, int] = {}
    for group in groups:
        for item in group:
            alike = replace(item, count=1)
            counts[alike] = min(counts.get(alike, 0) + item.count, MAX_COUNT)
    ranked = sorted(counts, key=lambda item: (_FIRST.index(item.kind), item))
    kept = ranked[:MAX_OBSERVATIONS]
    return tuple(sorted(replace(item, count=counts[item]) for item in kept)), len(ranked) - len(kept)
