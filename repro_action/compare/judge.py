# SPDX-License-Identifier: Apache-2.0
"""The verdict over two fingerprints of one platform class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repro_action.compare.difference import Difference
from repro_action.compare.materials import compare_materials
from repro_action.compare.metrics import compare_metrics
from repro_action.compare.products import compare_products
from repro_action.config.model import ArtifactRule, MetricRule
from repro_action.fingerprint import Fingerprint
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
        materials=compare_materials(before.materials, after.materials),
        products=compare_products(before.products, after.products, artifacts),
        metrics=compare_metrics(before.metrics, after.metrics, metrics or {}),
    )


def judge(difference: Difference) -> Verdict:
    """Return the verdict on a difference.

    Identical outputs are `reproduced`, outputs inside their tolerances `equivalent`; other
    differences are `changed` where materials differ, else `drifted`, which is provisional
    until the run was repeated.
    """
    if difference.same:
        return Verdict.REPRODUCED
    if difference.within:
        return Verdict.EQUIVALENT
    return Verdict.CHANGED if difference.materials else Verdict.DRIFTED
