# SPDX-License-Identifier: Apache-2.0
"""The verdict over two fingerprints of one platform class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from repro_action.compare.changed_materials import compare_materials
from repro_action.compare.difference import Difference, ProductDifference
from repro_action.compare.materials import OUTPUTS, READ
from repro_action.compare.metrics import compare_metrics
from repro_action.compare.products import compare_products
from repro_action.config.model import ArtifactRule, MetricRule
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.tree import Kind
from repro_action.verdict import Verdict


def compare(
    before: Fingerprint,
    after: Fingerprint,
    *,
    metrics: Mapping[str, Mapping[str, MetricRule]] | None = None,
    artifacts: Iterable[ArtifactRule] = (),
) -> Difference:
    """Compare two fingerprints under the declared rules.

    Args:
        before: the baseline.
        after: the candidate.
        metrics: file → metric name or `"*"` → rule; exact where none is given.
        artifacts: rules by glob; the last one that matches an artifact applies.

    Returns:
        Every product and metric of either side, and the materials that differ.
    """
    return Difference(
        materials=compare_materials(
            before.materials, after.materials, folded=(before.folded_materials, after.folded_materials)
        ),
        products=compare_products(before.products, after.products, artifacts),
        metrics=compare_metrics(
            before.metrics,
            after.metrics,
            metrics or {},
            folded=(before.folded_metrics, after.folded_metrics),
        ),
    )


def judge(difference: Difference) -> Verdict:
    """Return the verdict on a difference.

    Identical outputs are `reproduced`, outputs inside their tolerances `equivalent`; other
    differences are `changed` where materials differ, else `drifted`, which is provisional
    until the run was repeated. Rules of comparison are no cause of other outputs: where only they
    differ, it is `changed` if all that differs is what cannot be compared under them.
    """
    if difference.same:
        return Verdict.REPRODUCED
    if difference.within:
        return Verdict.EQUIVALENT
    if any(found.kind is not MaterialKind.RULES for found in difference.materials):
        return Verdict.CHANGED
    return Verdict.CHANGED if only_rules(difference) else Verdict.DRIFTED


def only_rules(difference: Difference) -> bool:
    """Whether changed rules account for every difference: nothing that both sides have disagrees."""
    rules = {found.name for found in difference.materials if found.kind is MaterialKind.RULES}
    others = [found for found in difference.products if not found.state.same]
    return (
        bool(rules)
        and all(_by_rules(found, rules) for found in others)
        and all(metric.within or f"{metric.file}: {READ}" in rules for metric in difference.metrics)
    )


def _by_rules(found: ProductDifference, rules: AbstractSet[str]) -> bool:
    """Whether a product is not comparable under the rules now in effect."""
    if found.before is None or found.after is None:
        return bool(rules & {f"{found.step}: {OUTPUTS}", f"{found.path}: {READ}"})
    if f"{found.path}: byproducts" not in rules:
        return False
    # What stands for many leaves at once stood for those that are left out, too.
    whole = {Kind.FOLDED, Kind.OBJECT}
    return all(
        leaf.before is not None
        and leaf.after is not None
        and (leaf.before.kind in whole or leaf.after.kind in whole)
        for leaf in found.leaves
    )
