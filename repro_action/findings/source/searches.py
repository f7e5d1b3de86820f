# SPDX-License-Identifier: Apache-2.0
"""Searches over parameters whose sampler is given no seed: it draws later, far from where it was made."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.findings.source.library_calls import LibraryCalls, calls_in, certainty
from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import Find, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import constant

_SEARCHES = {
    "optuna": (
        LibraryCalls(
            package="optuna",
            names=frozenset(
                {
                    *("TPESampler", "RandomSampler", "CmaEsSampler", "NSGAIISampler", "NSGAIIISampler"),
                    *("QMCSampler", "GPSampler", "GridSampler", "BruteForceSampler"),
                }
            ),
            options=("seed",),
            says="is a sampler without a seed",
        ),
        LibraryCalls(
            package="optuna",
            names=frozenset({"create_study"}),
            options=("sampler",),
            says="has a sampler without a seed",
        ),
    ),
    "hyperopt": (LibraryCalls(package="hyperopt", names=frozenset({"fmin"}), options=("rstate",)),),
    "skopt": (
        LibraryCalls(
            package="skopt",
            names=frozenset(
                {
                    *("gp_minimize", "forest_minimize", "gbrt_minimize", "dummy_minimize", "base_minimize"),
                    *("Optimizer", "BayesSearchCV"),
                }
            ),
            options=("random_state",),
        ),
    ),
}
"""Calls that take a seed, or something that has one."""


def _without_seed(table: tuple[LibraryCalls, ...]) -> Find:
    """Return a pattern: calls of a table that are given no seed, or None for it."""

    def find(context: SourceContext) -> Iterator[RuleHit]:
        for call, row in calls_in(context, table):
            given = row.given(call)
            if given is None or constant(given) is None:
                yield RuleHit(node=call, likelihood=certainty(call), says=row.says)

    return find


RULES = tuple(
    SourceRule(
        main=("again",),
        also=("aslr", "gc", "time", "threads", "affinity"),
        says="searches without a seed",
        remedy=SourceRemedy.SEEDED_SAMPLER,
        find=_without_seed(table),
        overrules=True,
        library=library,
    )
    for library, table in _SEARCHES.items()
)
