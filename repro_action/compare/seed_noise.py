# SPDX-License-Identifier: Apache-2.0
"""`max_worsening = "2 sigma"` as an amount, where a noise record is of these materials; else exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from repro_action.baseline import Baseline
from repro_action.compare.metrics import Rules, rule_for
from repro_action.config.model import MetricRule
from repro_action.fingerprint import Fingerprint
from repro_action.noise.margin import allowed_change
from repro_action.noise.materials import is_of
from repro_action.noise.record import NoiseRecord

NO_RECORD = "there is no noise record: `repro calibrate` makes one"
STALE = "the noise record is of other materials: run `repro calibrate` again"


def with_noise(rules: Rules, fingerprint: Fingerprint, baseline: Baseline | None) -> Rules:
    """Return the rules with every `sigmas` worked out, by the record of the class of a fingerprint.

    Args:
        rules: file → metric name or `"*"` → rule.
        fingerprint: the accepted one.
        baseline: that it comes from; None where it has no noise records.

    Returns:
        The same rules where none asks for sigmas. Otherwise each of those has `worsening`, in the metric's
        unit, or says in `exact_because` why only equality passes.
    """
    if not any(rule.sigmas is not None for named in rules.values() for rule in named.values()):
        return rules
    record = baseline.noise.get(fingerprint.platform) if baseline is not None else None
    why = NO_RECORD if record is None else "" if is_of(record, fingerprint) else STALE
    found: dict[str, Mapping[str, MetricRule]] = {}
    for file, named in rules.items():
        # What `"*"` allows is another amount for each metric.
        names = dict.fromkeys([*named, *fingerprint.metrics.get(file, {})])
        found[file] = {name: _worked_out(rule_for(named, name), file, name, record, why) for name in names}
    return found


def _worked_out(rule: MetricRule, file: str, name: str, record: NoiseRecord | None, why: str) -> MetricRule:
    if rule.sigmas is None:
        return rule
    if record is None or why:
        return replace(rule, exact_because=why)
    noise = record.of(file, name)
    amount = allowed_change(noise, rule.sigmas) if noise is not None else None
    if amount is None:
        return replace(rule, exact_because="the noise record has too few values of it")
    return replace(rule, worsening=amount)
