# SPDX-License-Identifier: Apache-2.0
"""The rules of comparison as materials: what is read as metrics, what is left out, how far values may lie.

A change of them is no change of what a run consumes. So they have a kind of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from repro_action.compare.artifact_rules import rule_for
from repro_action.compare.materials import READ
from repro_action.config.model import Config, MetricRule, Tolerance
from repro_action.tree import Scalar


def rules_of(config: Config, outputs: Mapping[str, str]) -> dict[str, Scalar]:
    """Return the rules that are in effect, by name.

    Args:
        config: what is declared.
        outputs: output → the step that writes it.
    """
    found: dict[str, Scalar] = {}
    for file, named in config.metrics.items():
        found[f"{file}: {READ}"] = "read"
        found.update({f"{file}: metric {name}": _metric(rule) for name, rule in named.items()})
    for output in outputs:
        rule = None if output in config.metrics else rule_for(output, config.artifacts)
        if rule is not None and not rule.tolerance.exact:
            found[f"{output}: tolerance"] = _tolerance(rule.tolerance)
        if rule is not None and rule.byproducts:
            found[f"{output}: byproducts"] = json.dumps(list(rule.byproducts), ensure_ascii=False)
    return found


def _metric(rule: MetricRule) -> str:
    parts = [
        *([f"goal = {rule.goal}"] if rule.goal else []),
        *([_tolerance(rule.tolerance)] if not rule.tolerance.exact else []),
        *([f"worsening = {rule.worsening!r}"] if rule.worsening is not None else []),
        *([f"worsening = {rule.sigmas:g} sigma"] if rule.sigmas is not None else []),
    ]
    return ", ".join(parts) or "exact"


def _tolerance(tolerance: Tolerance) -> str:
    values = (("atol", tolerance.atol), ("rtol", tolerance.rtol), ("max_ulp", tolerance.max_ulp))
    return ", ".join(f"{name} = {value!r}" for name, value in values if value)
