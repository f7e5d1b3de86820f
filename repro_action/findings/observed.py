# SPDX-License-Identifier: Apache-2.0
"""What a step's processes were seen to do → findings: the lines that could make runs differ, ranked."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from enum import Enum

from repro_action.finding import Confidence, Evidence, Finding, FindingKind
from repro_action.findings.catalogue import CATALOGUE
from repro_action.observation import Observation, ObservationKind
from repro_action.paths.names import place


class Agreement(Enum):
    """Whether two runs of the same materials agree."""

    DISAGREE = "disagree"
    AGREE = "agree"
    UNKNOWN = "unknown"


_RANKED = {
    ObservationKind.GENERATOR: FindingKind.GENERATOR,
    ObservationKind.ENTROPY: FindingKind.ENTROPY,
    ObservationKind.CLOCK: FindingKind.CLOCK,
    ObservationKind.HOST: FindingKind.HOST,
    ObservationKind.NETWORK: FindingKind.NETWORK,
    ObservationKind.LISTING: FindingKind.LISTING,
}
"""What can make runs differ, most likely first."""

_RANDOM = (ObservationKind.GENERATOR, ObservationKind.ENTROPY)
_DIFFERS_BY_MOMENT = (*_RANDOM, ObservationKind.CLOCK, ObservationKind.NETWORK)
_DIFFERS_BY_MACHINE = (ObservationKind.HOST, ObservationKind.NETWORK, ObservationKind.LISTING)
_DIFFERS_BY_PROCESS = ("os.getpid()", "os.getppid()")
"""Calls that differ even from one process to the next on the same machine."""

_TEMPORARY = re.compile(r"(?:^|/)tmp[a-z0-9_]{8}(?:/|$)")
"""In the path of a folder that `tempfile` named."""


def suspicious(observations: Iterable[Observation], agreement: Agreement) -> tuple[Finding, ...]:
    """Return the lines that could make runs differ, most likely first.

    What several steps did at one line is one finding, of the first of them.

    Args:
        observations: of the steps whose outputs differ, in running order.
        agreement: of two runs of the same materials. Where they agree on one machine, only
            what another machine answers otherwise is suspected; where they do not, only what
            differs from one moment to the next.
    """
    order = tuple(_RANKED)
    fitting = [
        item
        for item in observations
        if item.file and not item.seeded and _fits(item, agreement) and not _is_internal(item)
    ]
    ranked = sorted(fitting, key=lambda item: (order.index(item.kind), item.file, item.line, item.what))
    found: dict[tuple[str, str], Finding] = {}
    for finding in (_finding(item, agreement) for item in ranked):
        found.setdefault((finding.location, finding.what), finding)
    return tuple(found.values())


def unseeded(observations: Iterable[Observation]) -> tuple[Finding, ...]:
    """Return the lines where randomness entered that nobody seeded."""
    return suspicious((item for item in observations if item.kind in _RANDOM), Agreement.UNKNOWN)


def seeded(observations: Iterable[Observation]) -> tuple[str, ...]:
    """Name the calls that `entropy = "seed"` made deterministic, such as `train.py:12 uuid.uuid4()`."""
    return tuple(
        dict.fromkeys(f"{place(item.file, item.line)} {item.what}" for item in observations if item.seeded)
    )


def kind_of(item: Observation) -> FindingKind:
    """Return what an observation is in the catalogue.

    Args:
        item: a generator, entropy, the clock, the machine, the network or a listing.
    """
    through_library = item.kind is ObservationKind.GENERATOR and item.detail
    return FindingKind.LIBRARY_GENERATOR if through_library else _RANKED[item.kind]


def _fits(item: Observation, agreement: Agreement) -> bool:
    match agreement:
        case Agreement.UNKNOWN:
            return item.kind in _RANKED
        case Agreement.DISAGREE:
            return item.kind in _DIFFERS_BY_MOMENT or item.what in _DIFFERS_BY_PROCESS
        case Agreement.AGREE:
            return item.kind in _DIFFERS_BY_MACHINE and item.what not in _DIFFERS_BY_PROCESS


def _is_internal(item: Observation) -> bool:
    """Whether a library lists a temporary folder of its own, which no line of the project can sort."""
    by_library = item.what.split(".")[0] not in sys.stdlib_module_names
    return item.kind is ObservationKind.LISTING and by_library and bool(_TEMPORARY.search(item.detail))


def _finding(item: Observation, agreement: Agreement) -> Finding:
    kind = kind_of(item)
    reason = CATALOGUE[kind]
    sentence = reason.sentence.format(call=item.what, detail=item.detail or "a folder")
    times = f", {item.count} times" if item.count > 1 else ""
    return Finding(
        kind=kind,
        step=item.step,
        file=item.file,
        line=item.line,
        what=f"{sentence}{times}",
        remedy=reason.remedy,
        evidence=Evidence.SEEN,
        confidence=_confidence(item, agreement),
    )


def _confidence(item: Observation, agreement: Agreement) -> Confidence:
    if agreement is Agreement.UNKNOWN:
        return Confidence.LOW
    return Confidence.HIGH if item.kind in _RANDOM else Confidence.MEDIUM
