# SPDX-License-Identifier: Apache-2.0
"""Which trials of a study are the best ones: arithmetic over its record."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from repro_action.codec.tables import flatten_mapping
from repro_action.readers.searches.record import SearchGoal, SearchStudy, SearchTrial, TrialState
from repro_action.tree import Scalar

FRONT = 1_000
"""Trials of a front beyond which it is not worked out: each further trial is compared with all of them."""


class FrontTooLarge(Exception):
    """Too many trials are the best ones of several objectives."""


def comparable(study: SearchStudy) -> tuple[SearchTrial, ...]:
    """Return the trials that can be the best: complete, with a number for each objective, and feasible.

    Constraints are Optuna's: a trial is feasible where none of `constraints` is above 0.
    """
    return tuple(
        trial
        for trial in study.trials
        if trial.state is TrialState.COMPLETE
        and len(trial.values) == len(study.goals)
        and not any(map(math.isnan, trial.values))
        and _feasible(trial)
    )


def best_of(study: SearchStudy) -> tuple[int, ...]:
    """Return the numbers of the best trials: all of the best value, or the Pareto front.

    Raises:
        FrontTooLarge: there are more than `FRONT` of them.
    """
    signs = [1.0 if goal is SearchGoal.MIN else -1.0 for goal in study.goals]
    costs = {
        trial.number: tuple(sign * value for sign, value in zip(signs, trial.values, strict=True))
        for trial in comparable(study)
    }
    if len(signs) == 1 and costs:
        least = min(costs.values())
        return tuple(number for number, cost in costs.items() if cost == least)
    front: list[tuple[tuple[float, ...], int]] = []
    # Only what comes earlier in this order can dominate.
    for cost, number in sorted((cost, number) for number, cost in costs.items()):
        if not any(_dominates(other, cost) for other, _ in front):
            front.append((cost, number))
            if len(front) > FRONT:
                raise FrontTooLarge
    return tuple(sorted(number for _, number in front))


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def _feasible(trial: SearchTrial) -> bool:
    constraints = trial.system_attrs.get("constraints")
    if not isinstance(constraints, list):
        return True
    return not any(isinstance(one, int | float) and one > 0 for one in constraints)


def named_by(table: Mapping[str, Scalar], study: SearchStudy) -> tuple[int, ...] | None:
    """Return the trials whose parameters a file names; None where it names no parameters of the study.

    Args:
        table: dotted name → value; the parameters stand at the top, or in a table of their own.
        study: the record.
    """
    names = {name for trial in comparable(study) for name in flatten_mapping(trial.chosen)}
    prefixes = {key.removesuffix(name) for key in table for name in names if key.endswith(name)}
    found: dict[str, list[int]] = {}
    for prefix in sorted(prefixes):
        if prefix and not prefix.endswith("."):
            continue
        given = {name: table[prefix + name] for name in names if prefix + name in table}
        found[prefix] = [trial.number for trial in comparable(study) if _chosen(trial, given)]
    if not found:
        return None
    return tuple(next((numbers for numbers in found.values() if numbers), ()))


def _chosen(trial: SearchTrial, given: Mapping[str, Scalar]) -> bool:
    chosen = flatten_mapping(trial.chosen)
    return chosen.keys() <= given.keys() and all(
        type(value) is type(given[name]) and value == given[name] for name, value in chosen.items()
    )


def counts(study: SearchStudy) -> str:
    """Return how many trials there are of each state, such as `20: 17 complete, 2 pruned, 1 failed`."""
    found = Counter(trial.state for trial in study.trials)
    parts = ", ".join(f"{found[state]} {state}" for state in TrialState if found[state])
    return f"{len(study.trials)} ({parts})" if len(found) > 1 else f"{len(study.trials)}"


def values_text(values: Sequence[float]) -> str:
    """Return values with all of their digits."""
    return ", ".join(map(repr, values))


def without_values(study: SearchStudy) -> Iterator[int]:
    """Yield the complete trials that have no number for an objective."""
    for trial in study.trials:
        if trial.state is TrialState.COMPLETE and (
            len(trial.values) != len(study.goals) or any(map(math.isnan, trial.values))
        ):
            yield trial.number
