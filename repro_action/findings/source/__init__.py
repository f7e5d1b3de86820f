# SPDX-License-Identifier: Apache-2.0
"""Where a dependence comes from: lines of the project's code, the most likely first, each with its remedy."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from repro_action.finding import Finding
from repro_action.findings.source import generators, memory
from repro_action.findings.source.callers import read_by_a_library
from repro_action.findings.source.rank import RuleMatch, found_in, meets, rank
from repro_action.findings.source.rule import Likelihood, SourceContext
from repro_action.findings.source.seeding import seeded_libraries
from repro_action.observation import Divergence, Observation, ObservationKind
from repro_action.pyanalysis.link import read_program
from repro_action.pyanalysis.order import OrderTracker
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.sets import SetTypes
from repro_action.pyanalysis.uses import ValueUses

__all__ = [
    "Explanation",
    "explanations",
    "harmless",
    "listed_in_order",
    "numbered_processes",
    "places",
    "races",
    "unreported",
    "unseeded_by_the_program",
]


def places(
    culprits: Collection[str],
    sources: Mapping[str, str],
    observations: Collection[Observation],
    divergence: Divergence | None,
) -> tuple[Finding, ...]:
    """Return the lines that are the likely cause of a dependence, at most ten, the most likely first.

    Lines that were seen to run and that a rule knows come first, then rules' lines near the first
    divergence, then lines only seen, then rules' lines, then the divergence alone; readings of the clock
    that are only printed come last.

    Args:
        culprits: names of the variations that change the outputs together.
        sources: path relative to the project → text, of the Python files that ran. Foreign: what is too
            long, or no Python, is left out.
        observations: what the processes reported.
        divergence: the first call at which two runs parted, where a trace was made.
    """
    first = {item.file for item in observations}
    call = (divergence.after or divergence.before) if divergence is not None else None
    program = read_program(sources, {*first, call.file} if call is not None else first)
    return rank(program, _found(program, culprits), culprits, observations, divergence)


_BY_ITSELF = ("again", "aslr", "gc", "time")
"""Variations of what differs from one run to the next without any disturbance."""


def unreported(sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return lines that can make a run disagree with itself and that no process reports, at most ten.

    They are races, addresses, leftovers in memory and times in archives.

    Args:
        sources: as for `places`.
    """
    program = read_program(sources, ())
    found = [one for one in _found(program, _BY_ITSELF) if one.rule.kind is None]
    return rank(program, found, _BY_ITSELF, (), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A line of which the source says more than what a process was seen to do.

    Attributes:
        finding: what it says.
        library: whose draws elsewhere the line explains as well; empty for none.
    """

    finding: Finding
    library: str = ""


def explanations(sources: Mapping[str, str]) -> tuple[Explanation, ...]:
    """Return lines that explain what processes are seen to do.

    Where threads of a library race, it also makes generators of its own, and no seed helps; what a sampler
    without a seed draws is seen where the search runs.

    Args:
        sources: as for `places`.
    """
    program = read_program(sources, ())
    likely = [one for one in _likely(program, _BY_ITSELF) if one.rule.overrules]
    return tuple(
        Explanation(finding=finding, library=library)
        for library in sorted({one.rule.library for one in likely})
        for finding in rank(
            program, [one for one in likely if one.rule.library == library], _BY_ITSELF, (), None
        )
    )


def races(sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return lines at which workers race for few outcomes: that runs agree proves little there.

    Args:
        sources: as for `places`.
    """
    program = read_program(sources, ())
    culprits = ("again", "threads")
    return rank(program, [one for one in _likely(program, culprits) if one.rule.race], culprits, (), None)


def unseeded_by_the_program(sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return lines that draw from a generator that the program nowhere seeds, at most ten.

    Args:
        sources: as for `places`.
    """
    return _likely_lines(_frozen(sources), "seed") if _mentions(sources, generators.DRAWING) else ()


def numbered_processes(sources: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return lines that take the number of a process into more than what is printed, at most ten.

    Args:
        sources: as for `places`.
    """
    return _likely_lines(_frozen(sources), "process-ids") if _mentions(sources, memory.NUMBERING) else ()


def _mentions(sources: Mapping[str, str], names: Collection[str]) -> bool:
    """Whether a program has any of these words at all: another one need not be parsed."""
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")
    return any(pattern.search(text) for text in sources.values())


def _frozen(sources: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sources.items())


@lru_cache(maxsize=4)  # a verification works it out beside a step, and needs it after the last one
def _likely_lines(sources: tuple[tuple[str, str], ...], variation: str) -> tuple[Finding, ...]:
    program = read_program(dict(sources), ())
    return rank(program, _likely(program, (variation,)), (variation,), (), None)


_REPORTED = {
    ObservationKind.CLOCK: "time",
    ObservationKind.ENTROPY: "again",
    ObservationKind.GENERATOR: "again",
}


def harmless(sources: Mapping[str, str], observations: Collection[Observation]) -> frozenset[Observation]:
    """Return what was seen and reaches no result: a time that is only printed, a generator seeded later.

    A line that no rule knows, or that any rule suspects, is not among them, but for clocks that compiled
    code of a library reads: it has no frame of its own, so that the line which calls it is reported.

    Args:
        sources: as for `places`.
        observations: likewise.
    """
    seen = [item for item in observations if item.kind in _REPORTED and item.file in sources]
    if not seen:
        return frozenset()
    files = {item.file for item in seen}
    program = read_program(sources, files)
    matches = _found(program, tuple(sorted(set(_REPORTED.values()))), files)
    found = {one: {item.likelihood for item in matches if meets(item, one)} for one in seen}
    return frozenset(
        one
        for one, likelihoods in found.items()
        if likelihoods == {Likelihood.HARMLESS} or (not likelihoods and read_by_a_library(program, one))
    )


def listed_in_order(
    sources: Mapping[str, str], observations: Collection[Observation]
) -> frozenset[Observation]:
    """Return the listings whose order is known to be taken away: `sorted(glob.glob(…))`.

    A line that no rule knows, or of which any listing is used as it comes, is not among them.

    Args:
        sources: as for `places`.
        observations: likewise.
    """
    listings = [
        item for item in observations if item.kind is ObservationKind.LISTING and item.file in sources
    ]
    if not listings:
        return frozenset()
    files = {item.file for item in listings}
    matches = [
        item
        for item in _found(read_program(sources, files), ("file-order",), files)
        if item.rule.kind is ObservationKind.LISTING
    ]
    found = {one: {item.likelihood for item in matches if meets(item, one)} for one in listings}
    return frozenset(one for one, likelihoods in found.items() if likelihoods == {Likelihood.HARMLESS})


def _likely(program: SourceProgram, culprits: Collection[str]) -> list[RuleMatch]:
    return [one for one in _found(program, culprits) if one.likelihood is Likelihood.LIKELY]


def _found(program: SourceProgram, culprits: Collection[str], files: Collection[str] = ()) -> list[RuleMatch]:
    sets = SetTypes(program=program)
    order = OrderTracker(program=program, sets=sets)
    uses = ValueUses(program=program)
    seeded = seeded_libraries(program)
    return [
        found
        for path, module in program.modules.items()
        if not files or path in files
        for found in found_in(
            SourceContext(program=program, module=module, sets=sets, order=order, uses=uses, seeded=seeded),
            culprits,
        )
    ]
