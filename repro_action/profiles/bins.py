# SPDX-License-Identifier: Apache-2.0
"""Bins of a numeric column: quantiles as edges, and how many values lie between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repro_action.profiles.model import CROWD

if TYPE_CHECKING:
    import numpy as np

DIGITS = 7
"""Significant digits of an edge; of dates as seconds 10."""


def rounded(value: float, digits: int = DIGITS) -> float:
    """Return a finite number with so many significant digits; no zero is negative."""
    return float(f"{value:.{digits}g}") + 0.0 if math.isfinite(value) else value


def quantile_bins(
    values: np.ndarray, most: int, digits: int = DIGITS
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return the edges and counts that `ColumnProfile` describes.

    Args:
        values: float64, shape `(n,)`, sorted, without NaN.
        most: bins to make; fewer where values repeat, or fewer than `CROWD` would lie in one.
        digits: significant digits of an edge.
    """
    import numpy as np

    total = len(values)
    bins = min(most, total // CROWD)
    if bins < 1:
        return (), ((total,) if total else ())
    # Rank ceil(n * k / bins), in whole numbers: no product of floats decides on which side it lies.
    ranks = [-(-total * k // bins) for k in range(1, bins)]
    edges = sorted({rounded(float(values[rank - 1]), digits) for rank in ranks})
    edges = [edge for edge in edges if math.isfinite(edge)]
    below = np.searchsorted(values, np.array(edges, np.float64), side="right").tolist()
    return _crowded(edges, [*below, total])


def _crowded(edges: list[float], below: list[int]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Join bins of 1 to `CROWD` - 1 values with the next, the last ones with those before."""
    kept: list[tuple[float, int]] = []
    start = 0
    for edge, end in zip(edges, below, strict=False):
        if not 0 < end - start < CROWD:
            kept.append((edge, end))
            start = end
    while kept and 0 < below[-1] - kept[-1][1] < CROWD:
        kept.pop()
    ends = [end for _, end in kept] + [below[-1]]
    counts = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    return tuple(edge for edge, _ in kept), tuple(counts)
