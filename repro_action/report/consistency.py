# SPDX-License-Identifier: Apache-2.0
"""Whether what a report shows is what would be committed: a candidate and its report come from one job.

That job runs foreign code, so a report could show one model and bring another one to accept.
"""

from __future__ import annotations

from repro_action.baseline import Baseline
from repro_action.fingerprint import Fingerprint
from repro_action.report.model import Comparison, Report
from repro_action.report.states import Goal, State
from repro_action.tree import Scalar

_ABSENT = object()


def contradiction(report: Report, candidate: Baseline) -> str:
    """Say where a report shows something else than its candidate holds; empty where nowhere.

    Args:
        report: what was shown.
        candidate: the run's fingerprint, as a baseline of one platform class.
    """
    fingerprint = next(iter(candidate.platforms.values()))
    if report.name != candidate.name:
        return "the model's name"
    if [step.name for step in report.steps] not in ([], list(fingerprint.steps)):
        return "the steps"
    return comparison_contradiction(report.claim, fingerprint) if report.claim is not None else ""


def comparison_contradiction(shown: Comparison, after: Fingerprint) -> str:
    """Say where the later side of a comparison is not a fingerprint; empty where nowhere."""
    if shown.after.platform != after.platform:
        return "the platform class"
    for row in shown.metrics:
        if row.further:
            values, folded = after.metrics.get(row.file, {}), after.folded_metrics.get(row.file)
            count = len(values) + (folded.count if folded is not None else 0)
            if not isinstance(row.after, int) or not 0 <= row.after <= count or row.goal is not Goal.NONE:
                return f"the number of metrics of {row.file}"
            continue
        value = after.metrics.get(row.file, {}).get(row.name, _ABSENT)
        expected = _ABSENT if row.state is State.MISSING else row.after
        if not _same(value, expected):
            return f"the metric {row.name}"
    for artifact in shown.artifacts:
        product = after.products.get(artifact.path)
        if (product is None) != (artifact.size_after is None):
            return f"the artifact {artifact.path}"
        if product is not None and (product.format, product.size) != (artifact.format, artifact.size_after):
            return f"the artifact {artifact.path}"
    excluded = {
        (path, rule): count
        for path, product in after.products.items()
        for rule, count in product.left_out().items()
    }
    listed = {(each.artifact, each.rule): each.count for each in shown.excluded}
    return "" if listed == excluded else "what is left out of the comparison"


def _same(one: Scalar | object, other: Scalar | object) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124 # NaN
