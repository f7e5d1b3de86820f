# SPDX-License-Identifier: Apache-2.0
"""Scores of matched rows: by how much they moved."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.predictions.churn import PERCENTS, ScoreChurn


def score_changes(before: Sequence[float], after: Sequence[float]) -> ScoreChurn:
    """Compare the scores of matched rows.

    Quantiles interpolate linearly between the two nearest changes: type 7 of Hyndman, R. J. and Fan, Y.
    (1996), "Sample quantiles in statistical packages", The American Statistician 50(4), 361-365, which is
    NumPy's default.

    Args:
        before: float64, one a row; NaN where one is missing.
        after: likewise.
    """
    import numpy as np

    old, new = np.asarray(before, np.float64), np.asarray(after, np.float64)
    finite = np.isfinite(old) & np.isfinite(new)
    left, right = old[finite], new[finite]
    with np.errstate(over="ignore"):
        changes = right - left
    # Two of the largest floats are further apart than a float can say.
    changes = np.clip(changes, -np.finfo(np.float64).max, np.finfo(np.float64).max)
    ordered = np.sort(changes)
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.quantile(ordered, [percent / 100 for percent in PERCENTS]) if len(ordered) else ordered
    return ScoreChurn(
        rows=len(ordered),
        differing=int((left != right).sum()),
        largest=float(np.abs(ordered).max()) if len(ordered) else 0.0,
        quantiles=tuple(float(value) + 0.0 for value in np.nan_to_num(found)),
        unscored_before=int((~np.isfinite(old)).sum()),
        unscored_after=int((~np.isfinite(new)).sum()),
    )
