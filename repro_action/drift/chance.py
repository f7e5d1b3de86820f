# SPDX-License-Identifier: Apache-2.0
"""What chance alone gives: p-values, and the distance that two samples of one population seldom exceed.

A p-value says how sure it is that anything at all changed, and gets ever smaller with more rows: it is shown,
and judges nothing. The floors keep a small sample from passing for a large effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALPHA = 0.001
"""How often any column of a table may exceed its floor where nothing changed, a distance (Bonferroni)."""

_TERMS = 100
_STEPS = 10_000
_TINY = 1e-300


def kolmogorov_tail(lam: float) -> float:
    """Return P(K > lam) of the limiting Kolmogorov distribution.

    Source: A. Kolmogorov, Sulla determinazione empirica di una legge di distribuzione, G. Ist. Ital.
    Attuari 4 (1933) 83; below 1.18 its theta transform, which needs few terms there (NIST DLMF 20.7.32).
    """
    if lam <= 0:
        return 1.0
    if lam < 1.18:
        base = -(math.pi**2) / (8 * lam**2)
        total = sum(math.exp(base * (2 * k - 1) ** 2) for k in range(1, 20))
        return min(max(1 - math.sqrt(2 * math.pi) / lam * total, 0.0), 1.0)
    signed = ((-1.0) ** (k - 1) * math.exp(-2 * (k * lam) ** 2) for k in range(1, _TERMS))
    return min(max(2 * sum(signed), 0.0), 1.0)


def ks_p_value(distance: float, old: int, new: int) -> float:
    """Return the asymptotic p-value of a two-sample D with so many values; too large where values tie.

    Source: Massey (1951), as in `distances.ks_distance`.
    """
    return kolmogorov_tail(distance * math.sqrt(old * new / (old + new)))


def chi_square_p_value(old: NDArray[np.int64], new: NDArray[np.int64]) -> float:
    """Return the p-value of Pearson's test that two samples have the same shares; 1 of a single category.

    Source: K. Pearson, On the criterion…, Philosophical Magazine 50 (1900) 157.
    """
    filled = (old + new) > 0
    first, second = old[filled].astype(float), new[filled].astype(float)
    n, m = float(first.sum()), float(second.sum())
    if len(first) < 2 or not n or not m:
        return 1.0
    pooled = (first + second) / (n + m)
    statistic = ((first - n * pooled) ** 2 / (n * pooled) + (second - m * pooled) ** 2 / (m * pooled)).sum()
    return chi_square_tail(float(statistic), len(first) - 1)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Return P(X > statistic) of the chi-square distribution: a regularized upper incomplete gamma function.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964): the series 6.5.29 below
    a + 1, the continued fraction 6.5.31 above, by Lentz's method.
    """
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in range(1, _STEPS):
            term *= x / (a + step)
            total += term
            if term < total * 1e-16:
                break
        return min(max(1 - front * total, 0.0), 1.0)
    b, c = x + 1 - a, 1 / _TINY
    d = fraction = 1 / b
    for step in range(1, _STEPS):
        numerator = -step * (step - a)
        b += 2
        d = 1 / (numerator * d + b or _TINY)
        c = b + numerator / c or _TINY
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(max(front * fraction, 0.0), 1.0)


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values that control the false discovery rate over all columns, in the order given.

    Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57
    (1995) 289.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place], reverse=True)
    found, least = [1.0] * len(p_values), 1.0
    for rank, place in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[place] * len(p_values) / rank)
        found[place] = least
    return tuple(found)


def ks_floor(old: int, new: int, alpha: float) -> float:
    """Return the D that two samples of one population exceed with probability `alpha`, at most.

    The first term of Kolmogorov's series, as in Smirnov (1948).
    """
    return min(math.sqrt(-math.log(alpha / 2) / 2 * (old + new) / (old * new)), 1.0)


def psi_floor(old: int, new: int, bins: int, alpha: float) -> float:
    """Return the PSI that two samples of one population exceed with probability about `alpha`.

    PSI is about (1/n + 1/m) times a chi-square of `bins - 1` degrees of freedom.

    Source: B. Yurdakul and J. Naranjo, Statistical properties of the population stability index, Journal of
    Risk Model Validation 14 (2020) 89; the quantile by E. B. Wilson and M. M. Hilferty, The distribution of
    chi-square, PNAS 17 (1931) 684.
    """
    freedom = max(bins - 1, 1)
    z, spread = NormalDist().inv_cdf(1 - alpha), 2 / (9 * freedom)
    return freedom * (1 - spread + z * math.sqrt(spread)) ** 3 * (1 / old + 1 / new)


def js_floor(old: int, new: int, bins: int, alpha: float) -> float:
    """Return the Jensen-Shannon distance (base 2) that chance seldom exceeds.

    Near equality the divergence is an eighth of Jeffreys' (Lin 1991, its expansion), hence of the PSI.
    """
    return min(math.sqrt(psi_floor(old, new, bins, alpha) / (8 * math.log(2))), 1.0)


def share_floor(first: float, second: float, old: int, new: int, alpha: float) -> float:
    """Return the difference of two shares that chance seldom exceeds: normal, with their pooled variance.

    Half a pseudo-count keeps the variance of shares of 0 and 1 from vanishing.
    """
    pooled = (first * old + second * new + 0.5) / (old + new + 1)
    z = NormalDist().inv_cdf(1 - alpha / 2)
    return z * math.sqrt(pooled * (1 - pooled) * (1 / old + 1 / new))
