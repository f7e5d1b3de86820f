# SPDX-License-Identifier: Apache-2.0
"""`max_worsening = "2 sigma"` as an amount, where a noise record is of these materials; else exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from repro_action.baseline import Baseline
from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.compare.metrics import Rules, rule_for
from repro_action.config.model import MetricRule
from repro_action.config.write import key as toml
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


def noise_changes(rules: Rules, before: Baseline, after: Baseline) -> Iterator[ConfigChange]:
    """Yield what other noise records let through, of metrics that a rule gives sigmas.

    A change that brings a record along would otherwise set its own tolerance unseen.

    Args:
        rules: of the change.
        before: the base's baseline.
        after: that of the change.
    """
    for platform, record in sorted(after.noise.items()):
        old = before.noise.get(platform)
        for file, named in record.metrics.items():
            for name, noise in named.items():
                rule = rule_for(rules.get(file, {}), name)
                amount = allowed_change(noise, rule.sigmas) if rule.sigmas is not None else None
                earlier = old.of(file, name) if old is not None else None
                known = allowed_change(earlier, rule.sigmas) if earlier and rule.sigmas is not None else None
                if amount is None or amount == known:
                    continue
                weaker = known is None or amount > known
                yield ConfigChange(
                    setting=f"{toml('metrics', file, name)}.max_worsening on {platform}",
                    before=None if known is None else f"{rule.sigmas:g} sigma = {known:.3g}",
                    after=f"{rule.sigmas:g} sigma = {amount:.3g}",
                    strictness=Strictness.WEAKER if weaker else Strictness.STRONGER,
                )
