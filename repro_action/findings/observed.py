# SPDX-License-Identifier: Apache-2.0
"""What was seen inside a step's processes, told as the lines of the project that could make runs differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from repro_action.observation import Observation, ObservationKind, Place


class Agreement(Enum):
    """Whether two runs of the same materials agree."""

    DISAGREE = "disagree"
    AGREE = "agree"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    text: str
    remedy: str


_SAYINGS = {
    ObservationKind.GENERATOR: _Saying(text="{what} without a seed", remedy="pass the seed"),
    ObservationKind.ENTROPY: _Saying(
        text="{what} draws from the system", remedy="draw from a seeded generator, or keep it out of outputs"
    ),
    ObservationKind.CLOCK: _Saying(text="{what} reads the clock", remedy="keep times out of outputs"),
    ObservationKind.HOST: _Saying(
        text="{what} asks the machine about itself", remedy="keep the answer out of outputs"
    ),
    ObservationKind.NETWORK: _Saying(
        text="{what} reaches {detail}", remedy="`repro pin` what it fetches, and declare it as data"
    ),
    ObservationKind.LISTING: _Saying(
        text="{what} lists {detail} in the order of the file system", remedy="write sorted(…) around it"
    ),
}
_CHANCE = (ObservationKind.GENERATOR, ObservationKind.ENTROPY)
_MOMENT = (*_CHANCE, ObservationKind.CLOCK, ObservationKind.NETWORK)
"""What differs from one moment to the next."""
_MACHINE = (ObservationKind.HOST, ObservationKind.NETWORK, ObservationKind.LISTING)
"""What differs from one machine to the next."""
_PROCESS = ("os.getpid()", "os.getppid()")
"""What differs even from one process to the next on the same machine."""


def suspicious(observations: Iterable[Observation], agreement: Agreement) -> tuple[Place, ...]:
    """Return the lines that could make runs differ, most likely first.

    Args:
        observations: of the step whose products differ first.
        agreement: of two runs of the same materials. Where they agree on one machine, only
            what another machine answers otherwise is suspected; where they do not, only what
            differs from one moment to the next.
    """
    order = tuple(_SAYINGS)
    found = [item for item in observations if item.file and not item.seeded and _fits(item, agreement)]
    ranked = sorted(found, key=lambda item: (order.index(item.kind), item.file, item.line, item.what))
    return tuple(dict.fromkeys(_place(item) for item in ranked))


def unseeded(observations: Iterable[Observation]) -> tuple[Place, ...]:
    """Return the lines where randomness entered that nobody seeded."""
    return suspicious((item for item in observations if item.kind in _CHANCE), Agreement.UNKNOWN)


def seeded(observations: Iterable[Observation]) -> tuple[str, ...]:
    """Name the calls that `entropy = "seed"` made deterministic, such as `train.py:12 uuid.uuid4()`."""
    return tuple(
        dict.fromkeys(f"{item.file}:{item.line} {item.what}" for item in observations if item.seeded)
    )


def _fits(item: Observation, agreement: Agreement) -> bool:
    match agreement:
        case Agreement.UNKNOWN:
            return item.kind in _SAYINGS
        case Agreement.DISAGREE:
            return item.kind in _MOMENT or item.what in _PROCESS
        case Agreement.AGREE:
            return item.kind in _MACHINE and item.what not in _PROCESS


def _place(item: Observation) -> Place:
    saying = _SAYINGS[item.kind]
    what = saying.text.format(what=item.what, detail=item.detail or "a folder")
    remedy = saying.remedy
    if item.kind is ObservationKind.GENERATOR and item.detail:
        remedy = "pass it a seed or a seeded generator (`random_state=…`, `rng=…`)"
    times = "1 time" if item.count == 1 else f"{item.count} times"
    return Place(file=item.file, line=item.line, what=f"{what}, {times}", remedy=remedy, evidence="seen")
