# SPDX-License-Identifier: Apache-2.0
"""Distances between two samples of one column; all are effect sizes, which do not grow with the rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

BINS = 10
"""Bins of a column of numbers: deciles of the old data, as the population stability index is used."""

_HALF = 0.5
"""Pseudo-count of a bin (Jeffreys' prior), so that an empty bin has a logarithm."""


def ks_distance(old: Floats, new: Floats) -> float:
    """Return the two-sample Kolmogorov-Smirnov distance D, the largest gap between two empirical CDFs.

    Args:
        old: values without NaN, in ascending order, at least one; infinities are values.
        new: likewise.

    Source: N. Smirnov, Table for estimating the goodness of fit of empirical distributions, Ann. Math.
    Stat. 19 (1948) 279; F. J. Massey, The Kolmogorov-Smirnov test, JASA 46 (1951) 68.
    """
    import numpy as np

    every = np.concatenate([old, new])
    gaps = np.searchsorted(old, every, "right") / len(old) - np.searchsorted(new, every, "right") / len(new)
    return float(np.abs(gaps).max())


def ks_bounds(edges: Floats, counts: Counts, new: Floats) -> tuple[float, float]:
    """Return bounds of D where of the old sample only counts between edges are known.

    At the edges both CDFs are known, so the largest gap there is a lower bound. Between two edges a < b
    both CDFs rise from their value at a to that below or at b, so no gap inside can exceed
    `max(F_old(b) - F_new(a), F_new(b) - F_old(a))`: the upper bound, which is at most the lower one plus the
    largest share of the old sample in a bin.

    Args:
        edges: `k` ascending numbers; bin `i` is `(edges[i-1], edges[i]]`, the first and last are open.
        counts: `k + 1` counts of the old sample.
        new: values without NaN, in ascending order.
    """
    import numpy as np

    old = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    below = np.searchsorted(new, edges, "right") / len(new)
    fresh = np.concatenate([[0.0], below, [1.0]])
    lower = float(np.abs(old - fresh).max())
    upper = np.maximum(old[1:] - fresh[:-1], fresh[1:] - old[:-1]).max()
    return lower, max(lower, float(upper))


def ks_bounds_of_counts(old: tuple[Floats, Counts], new: tuple[Floats, Counts]) -> tuple[float, float]:
    """Return bounds of D of two samples of which only counts between edges are known.

    At any point each CDF lies between its values at the edges beside that point.

    Args:
        old: edges and counts, as in `ks_bounds`.
        new: likewise, with edges of its own.
    """
    import numpy as np

    ends = np.union1d(old[0], new[0])
    (low, high), (fresh_low, fresh_high) = _envelope(*old, ends), _envelope(*new, ends)
    lower = np.maximum(low - fresh_high, fresh_low - high).max(initial=0.0)
    # Inside the interval that ends at a point, a CDF is at least what it was at the point before.
    before = np.concatenate([[0.0], low]), np.concatenate([[0.0], fresh_low])
    after = np.concatenate([high, [1.0]]), np.concatenate([fresh_high, [1.0]])
    upper = np.maximum(after[0] - before[1], after[1] - before[0]).max()
    return float(lower), max(float(lower), float(upper))


def _envelope(edges: Floats, counts: Counts, points: Floats) -> tuple[Floats, Floats]:
    """Return the least and the largest value that a CDF can have at some points."""
    import numpy as np

    below = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    return below[np.searchsorted(edges, points, "right")], below[np.searchsorted(edges, points, "left") + 1]


def rebinned(edges: Floats, counts: Counts, wanted: Floats) -> Counts:
    """Return counts between other edges, about: a bin's values are spread evenly over it.

    An open bin counts as one as wide as its neighbour.

    Args:
        edges: `k`, ascending, at least one.
        counts: `k + 1`.
        wanted: ascending.

    Returns:
        `len(wanted) + 1` counts.
    """
    import numpy as np

    first = edges[1] - edges[0] if len(edges) > 1 else 1.0
    last = edges[-1] - edges[-2] if len(edges) > 1 else 1.0
    ends = np.concatenate([[edges[0] - first], edges, [edges[-1] + last]])
    below = np.interp(wanted, ends, np.concatenate([[0], np.cumsum(counts)]))
    places = np.concatenate([[0], np.rint(below), [counts.sum()]])
    return np.diff(places).astype(np.int64)


def decile_edges(values: Floats, bins: int = BINS) -> Floats:
    """Return inner edges of right-closed bins with about equal shares of a sample.

    An edge is a value of the sample (quantiles by the inverted CDF, type 1 of R. J. Hyndman and Y. Fan,
    Sample quantiles in statistical packages, The American Statistician 50 (1996) 361). A value that fills a
    bin or more gets a bin of its own, so that a shift away from it to either side is seen.

    Args:
        values: in ascending order, without NaN, at least one.
        bins: how many, at least 2.
    """
    import numpy as np

    n = len(values)
    places = np.ceil(np.arange(1, bins) * n / bins).astype(np.int64) - 1
    edges, repeats = np.unique(values[places], return_counts=True)
    heavy = edges[(repeats > 1) | (edges == values[0]) | (len(edges) == 1)]
    return np.unique(np.concatenate([edges, np.nextafter(heavy, -np.inf)]))


def bin_counts(values: Floats, edges: Floats) -> Counts:
    """Count values in the right-closed bins between edges; the first and the last bin are open.

    Args:
        values: in ascending order, without NaN.
        edges: `k`, ascending.

    Returns:
        `k + 1` counts.
    """
    import numpy as np

    ends = np.searchsorted(values, edges, "right")
    return np.diff(np.concatenate([[0], ends, [len(values)]])).astype(np.int64)


def _shares(old: Counts, new: Counts) -> tuple[Floats, Floats]:
    """Return shares of the bins that either sample has, with half a pseudo-count each."""
    filled = (old + new) > 0
    one, other = old[filled] + _HALF, new[filled] + _HALF
    return one / one.sum(), other / other.sum()


def population_stability_index(old: Counts, new: Counts) -> float:
    """Return the PSI of two samples' counts in the same bins: the sum of (q - p) ln(q / p).

    It is Jeffreys' divergence of the two, `KL(p, q) + KL(q, p)`, in nats. Each bin gets half a pseudo-count.

    Source: N. Siddiqi, Credit Risk Scorecards (Wiley, 2006); H. Jeffreys, An invariant form for the prior
    probability in estimation problems, Proc. R. Soc. A 186 (1946) 453.
    """
    import numpy as np

    p, q = _shares(old, new)
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon_distance(old: Counts, new: Counts) -> float:
    """Return the square root of the Jensen-Shannon divergence, base 2: 0 for equal, 1 for disjoint shares.

    Source: J. Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37 (1991) 145;
    that its root is a metric: D. M. Endres and J. E. Schindelin, ibid. 49 (2003) 1858.
    """
    import numpy as np

    p, q = old / old.sum(), new / new.sum()
    middle = (p + q) / 2

    def relative_entropy(share: Floats) -> float:
        there = share > 0
        return float((share[there] * np.log2(share[there] / middle[there])).sum())

    return math.sqrt(max((relative_entropy(p) + relative_entropy(q)) / 2, 0.0))
