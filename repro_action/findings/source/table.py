# SPDX-License-Identifier: Apache-2.0
"""The table of rules, and which of them fit the variations that are the culprits."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from repro_action.findings.source import (
    absolute_paths,
    budgets,
    clocks,
    generators,
    library_threads,
    locales,
    memory,
    native_order,
    rounding,
    searches,
    sharing,
    surroundings,
    unordered,
    variables,
    workers,
)
from repro_action.findings.source.rule import SourceRule
from repro_action.observation import ObservationKind

RULES: tuple[SourceRule, ...] = (
    *unordered.RULES,
    *generators.RULES,
    *searches.RULES,
    *workers.RULES,
    *sharing.RULES,
    *library_threads.RULES,
    *native_order.RULES,
    *memory.RULES,
    *budgets.RULES,
    *clocks.RULES,
    *surroundings.RULES,
    *variables.RULES,
    *absolute_paths.RULES,
    *locales.RULES,
    *rounding.RULES,
)

OBSERVED: dict[str, tuple[ObservationKind, ...]] = {
    "again": (ObservationKind.GENERATOR, ObservationKind.ENTROPY, ObservationKind.CLOCK),
    "aslr": (ObservationKind.GENERATOR, ObservationKind.ENTROPY),
    "gc": (ObservationKind.GENERATOR, ObservationKind.ENTROPY),
    "threads": (ObservationKind.HOST,),
    "affinity": (ObservationKind.HOST,),
    "user-host": (ObservationKind.HOST,),
    "process-ids": (ObservationKind.HOST,),
    "home": (ObservationKind.HOST,),
    "time": (ObservationKind.CLOCK,),
    "timezone": (ObservationKind.CLOCK,),
    "file-order": (ObservationKind.LISTING,),
}
"""What a process reports that a variation may change, also where no rule knows the line."""

HOST_WORDS: dict[str, tuple[str, ...]] = {
    "again": ("pid",),
    "process-ids": ("pid",),
    "threads": ("cpu", "affinity", "thread"),
    "affinity": ("cpu", "affinity", "thread"),
    "user-host": ("host", "user", "node", "uname", "login", "fqdn", "platform", "uid"),
    "home": ("home", "expanduser"),
}
"""Of what is asked about the machine: words in the call's name."""


def rules_of(culprits: Collection[str]) -> Iterator[tuple[SourceRule, bool]]:
    """Yield the rules that fit, each with whether one of the culprits is its usual variation."""
    for rule in RULES:
        main = any(name in rule.main for name in culprits)
        if main or any(name in rule.also for name in culprits):
            yield rule, main
