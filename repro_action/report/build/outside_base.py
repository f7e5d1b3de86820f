# SPDX-License-Identifier: Apache-2.0
"""What of a run the rules of its base do not allow, and those of the change do."""

from __future__ import annotations

import math
from collections.abc import Iterator

from repro_action.compare.difference import Difference, MetricDifference, ProductDifference, ProductState
from repro_action.config.model import Config
from repro_action.report.config_changes import OutsideMetric


def outside_metrics(old: Difference, new: Difference, now: Config) -> Iterator[OutsideMetric]:
    """Yield the metrics that only the older rules refuse, and those that are no longer read.

    Args:
        old: the run against the older baseline, by the older rules.
        new: the same two by the newer rules.
        now: the newer rules.
    """
    allowed = {(metric.file, metric.name) for metric in new.metrics if metric.within}
    for metric in old.metrics:
        gone = metric.in_before and metric.file not in now.metrics
        if not metric.within and (gone or (metric.file, metric.name) in allowed):
            yield OutsideMetric(
                file=metric.file,
                name=metric.name,
                before=metric.before,
                after=metric.after if metric.in_after else None,
                relative=_relative(metric),
            )


def _relative(metric: MetricDifference) -> float | None:
    before, after = metric.before, metric.after
    if isinstance(before, bool) or isinstance(after, bool):
        return None
    if not isinstance(before, int | float) or not isinstance(after, int | float) or not metric.in_after:
        return None
    try:
        found = (float(after) - float(before)) / abs(float(before))
    except (OverflowError, ZeroDivisionError):
        return None
    return found if math.isfinite(found) else None


def outside_artifacts(old: Difference, new: Difference, now: Config) -> Iterator[str]:
    """Yield the outputs that only the older rules refuse, and those that are no longer compared.

    Args:
        old: as for `outside_metrics`, and so are the others.
        new: by the newer rules.
        now: the newer rules.
    """
    outputs = {output for step in now.steps for output in step.outputs}
    allowed = {product.path for product in new.products if _accepted(product)}
    for product in old.products:
        gone = product.state is ProductState.MISSING and product.path not in outputs
        if not _accepted(product) and (gone or product.path in allowed):
            yield product.path


def _accepted(product: ProductDifference) -> bool:
    return product.state.same or product.state is ProductState.TOLERATED
