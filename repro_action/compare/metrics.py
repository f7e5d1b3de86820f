# SPDX-License-Identifier: Apache-2.0
"""Metrics against their rules."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from repro_action.compare.difference import MetricDifference
from repro_action.compare.materials import same_value
from repro_action.compare.remainders import Remainder, align
from repro_action.config.model import MetricRule
from repro_action.fingerprint import FoldedValues, Metrics
from repro_action.folded_values import ONE_BY_ONE
from repro_action.listing import REST
from repro_action.tree import Scalar

Rules = Mapping[str, Mapping[str, MetricRule]]

_EXACT = MetricRule()


def compare_metrics(
    before: Metrics,
    after: Metrics,
    rules: Rules,
    *,
    folded: tuple[Mapping[str, FoldedValues], Mapping[str, FoldedValues]] = (ONE_BY_ONE, ONE_BY_ONE),
) -> tuple[MetricDifference, ...]:
    """Compare every metric of either side; one that is missing is a difference, never a pass.

    Args:
        before: metrics of the baseline, file → name → value.
        after: metrics of the candidate.
        rules: file → metric name or `"*"` → rule.
        folded: file → what stands for metrics that a side does not list, of both sides.

    Returns:
        One entry a metric, sorted by file and name, identical ones included; and one for all metrics of
        a file that are not compared one by one.
    """
    found: list[MetricDifference] = []
    for file in sorted({*before, *after}):
        sides = align(before.get(file, {}), after.get(file, {}), *(side.get(file) for side in folded))
        old, new = sides.before, sides.after
        if sides.others is not None:
            found.append(_others(file, sides.others))
        for name in sorted({*old, *new}):
            both = name in old and name in new
            rule = rule_for(rules.get(file, {}), name)
            same = both and same_value(old[name], new[name])
            found.append(
                MetricDifference(
                    file=file,
                    name=name,
                    before=old.get(name),
                    after=new.get(name),
                    in_before=name in old,
                    in_after=name in new,
                    rule=rule,
                    same=same,
                    within=same or (both and allowed(old[name], new[name], rule)),
                )
            )
    return tuple(found)


def _others(file: str, others: Remainder) -> MetricDifference:
    return MetricDifference(
        file=file,
        name=REST,
        before=others.before,
        after=others.after,
        in_before=True,
        in_after=True,
        rule=_EXACT,
        same=others.same,
        within=others.same,
        others=others,
    )


def rule_for(rules: Mapping[str, MetricRule], name: str) -> MetricRule:
    """Return the rule of a metric: its own, else `"*"`, else exact."""
    return rules.get(name) or rules.get("*") or _EXACT


def allowed(before: Scalar, after: Scalar, rule: MetricRule) -> bool:
    """Return whether a metric that differs is still allowed by its rule.

    `|after - before| <= atol + rtol * |before|` as in `numpy.isclose` with the baseline as
    reference, or not worse than `worsening` in the direction against `goal`.
    A value that is not a finite number is never allowed to differ.
    """
    if isinstance(before, bool | str | None) or isinstance(after, bool | str | None):
        return False
    if not math.isfinite(before) or not math.isfinite(after):
        return False
    tolerance = rule.tolerance
    limit = tolerance.atol + tolerance.rtol * abs(before)
    # Without a tolerance 0.0 and -0.0 differ, though by nothing.
    if limit > 0 and abs(after - before) <= limit:
        return True
    if rule.goal is None or rule.worsening is None:
        return False
    worse = before - after if rule.goal == "max" else after - before
    return worse <= rule.worsening


def ulp_distance(before: float, after: float) -> int | None:
    """Return the distance of two doubles in units in the last place; None unless both are finite.

    Doubles of one sign are ordered like their bit patterns read as integers (IEEE 754-2019,
    section 5.10 totalOrder); both zeros are one point.
    """
    if not math.isfinite(before) or not math.isfinite(after):
        return None
    return abs(_ordered(after) - _ordered(before))


def _ordered(value: float) -> int:
    bits = int.from_bytes(struct.pack(">d", value), "big", signed=True)
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)
