# SPDX-License-Identifier: Apache-2.0
"""Searches over parameters whose sampler is given no seed: it draws later, far from where it was made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import LIKELY, POSSIBLE, Likelihood, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_part

_SAMPLERS = {
    *("TPESampler", "RandomSampler", "CmaEsSampler", "NSGAIISampler", "NSGAIIISampler", "QMCSampler"),
    *("GPSampler", "GridSampler", "BruteForceSampler"),
}
_HYPEROPT = {"fmin"}
_SKOPT = {
    *("gp_minimize", "forest_minimize", "gbrt_minimize", "dummy_minimize", "base_minimize", "Optimizer"),
    "BayesSearchCV",
}


def _optuna(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if not dotted.startswith("optuna."):
            continue
        if last_part(dotted) in _SAMPLERS and _without(call, "seed"):
            yield RuleHit(node=call, likelihood=_certain(call), says="is a sampler without a seed")
        elif dotted in {"optuna.create_study", "optuna.study.create_study"} and _without(call, "sampler"):
            yield RuleHit(node=call, likelihood=_certain(call), says="has a sampler without a seed")


def _hyperopt(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if dotted.startswith("hyperopt.") and last_part(dotted) in _HYPEROPT and _without(call, "rstate"):
            yield RuleHit(node=call, likelihood=_certain(call))


def _skopt(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        if dotted.startswith("skopt.") and last_part(dotted) in _SKOPT and _without(call, "random_state"):
            yield RuleHit(node=call, likelihood=_certain(call))


def _without(call: ast.Call, name: str) -> bool:
    given = argument(call, -1, name)
    return given is None or constant(given) is None


def _certain(call: ast.Call) -> Likelihood:
    """Arguments that are not known may hold the seed."""
    return POSSIBLE if any(item.arg is None for item in call.keywords) else LIKELY


RULES = tuple(
    SourceRule(
        main=("again",),
        also=("aslr", "gc", "time", "threads", "affinity"),
        says="searches without a seed",
        remedy=SourceRemedy.SEEDED_SAMPLER,
        find=find,
        overrules=True,
        library=library,
    )
    for library, find in (("optuna", _optuna), ("hyperopt", _hyperopt), ("skopt", _skopt))
)
