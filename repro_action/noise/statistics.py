# SPDX-License-Identifier: Apache-2.0
"""Moments, quantiles and Student's t, in plain Python: the same bits on every machine.

Sums are exact and rounded once (`math.fsum`; Shewchuk, "Adaptive Precision Floating-Point Arithmetic and
Fast Robust Geometric Predicates", 1997).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_TINY = 1e-300
_ENOUGH = 1e-15
_TERMS = 500


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean of at least one finite number, in their unit."""
    return math.fsum(value / len(values) for value in values) if _huge(values) else _mean(values)


def _huge(values: Sequence[float]) -> bool:
    """Whether a plain sum could exceed the largest float."""
    return max(map(abs, values)) > 1e300


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation, with n - 1 in the denominator, of at least two finite numbers.

    Equal values give exactly 0. Two passes, as Chan, Golub and LeVeque, "Algorithms for Computing the Sample
    Variance", The American Statistician 37 (1983), recommend.
    """
    if min(values) == max(values):
        return 0.0
    center, scale = mean(values), max(map(abs, values))
    # By the largest, so that squares neither overflow nor vanish.
    squares = math.fsum(((value - center) / scale) ** 2 for value in values)
    return scale * math.sqrt(squares / (len(values) - 1))


def quantile(values: Sequence[float], fraction: float) -> float:
    """Return a quantile of at least one finite number, by linear interpolation between order statistics.

    Definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician
    50 (1996): NumPy's `linear` and R's default.

    Args:
        values: in any order.
        fraction: 0 to 1.
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * fraction
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    share = place - low
    return ordered[low] * (1 - share) + ordered[high] * share if share else ordered[low]


def two_sided(sigmas: float) -> float:
    """Return the probability that a normal variable lies within so many standard deviations of its mean.

    2 Φ(k) - 1 = erf(k / √2): Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.29.
    """
    return math.erf(sigmas / math.sqrt(2))


def student_cdf(value: float, freedom: int) -> float:
    """Return the distribution function of Student's t.

    By the incomplete beta function: Abramowitz and Stegun, 26.7.1 with 26.5.27.

    Args:
        value: any finite number.
        freedom: degrees of freedom, at least 1.
    """
    # For small t, 1 - x loses no digits; for large t, x does not.
    squared = value * value
    tail = 0.5 * _beta(freedom / (freedom + squared), squared / (freedom + squared), freedom / 2, 0.5)
    return 1 - tail if value > 0 else tail


def student_bound(sigmas: float, freedom: int) -> float:
    """Return how many estimated standard deviations hold as much of Student's t as `sigmas` of a normal.

    Student (W. S. Gosset), "The Probable Error of a Mean", Biometrika 6 (1908). It tends to `sigmas` as
    `freedom` grows. Found by bisection.

    Args:
        sigmas: above 0, at most 8.
        freedom: degrees of freedom, at least 1.
    """
    beyond = math.erfc(sigmas / math.sqrt(2)) / 2
    low, high = 0.0, 2.0
    while student_cdf(-high, freedom) > beyond:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if student_cdf(-middle, freedom) > beyond:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta(x: float, rest: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function at `x`, where `rest` is 1 - x.

    DLMF 8.17.22, its continued fraction evaluated by the modified method of Lentz (Thompson and Barnett,
    Journal of Computational Physics 64, 1986); 8.17.4 where that converges faster.
    """
    if x <= 0:
        return 0.0
    if rest <= 0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(rest, x, b, a)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log(rest)) / a
    return front * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _apart_from_zero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1 / _apart_from_zero(1 + coefficient * d)
            c = _apart_from_zero(1 + coefficient / c)
            found *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return found


def _apart_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
