# SPDX-License-Identifier: Apache-2.0
"""What each metric's change is worth against the seed noise that the older side's baseline records."""

from __future__ import annotations

from dataclasses import replace

from repro_action.baseline import Baseline
from repro_action.fingerprint import Fingerprint
from repro_action.noise.margin import NoiseMargin, margin
from repro_action.noise.materials import is_of
from repro_action.noise.record import NoiseRecord
from repro_action.report.model import Comparison, MetricRow


def with_margins(found: Comparison, before: Fingerprint, baseline: Baseline | None) -> Comparison:
    """Return a comparison whose metrics stand beside their seed noise, where it was measured.

    The record is that of the older side: what a change brings along is no measure of the change.

    Args:
        found: between two fingerprints.
        before: the older one.
        baseline: that it comes from; None where it has none.
    """
    record = baseline.noise.get(before.platform) if baseline is not None else None
    if record is None or found.before.platform != found.after.platform:
        return found
    stale = not is_of(record, before)
    rows = (replace(row, noise=_margin(row, record, stale=stale)) for row in found.metrics)
    return replace(found, metrics=tuple(rows))


def _margin(row: MetricRow, record: NoiseRecord, *, stale: bool) -> NoiseMargin | None:
    noise = None if row.further else record.of(row.file, row.name)
    if noise is None:
        return None
    return margin(noise, row.delta, failed=len(record.failed), stale=stale)
