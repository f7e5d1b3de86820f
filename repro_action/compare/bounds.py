# SPDX-License-Identifier: Apache-2.0
r"""What statistics alone prove about two arrays that differ.

Let b be the baseline, c the candidate, n their elements that are not NaN. If c is within
the tolerance then NaNs stand at the same places and every |c_i - b_i| <= t_i, where t_i =
max(atol + rtol |b_i|, max_ulp units in the last place). All t_i are at most
T = max(atol + rtol M, max_ulp (m 2^-p + s)), with M the largest |b|, m the largest of both,
p the stored bits of the significand and s the smallest positive number. Refuted, then, when

- the numbers of NaN differ;
- min or max moved by more than T: each is a 1-Lipschitz function in the maximum norm;
- mean or std moved by more than R, or l2 by more than R sqrt(n): in the Euclidean norm the
  mean is 1/sqrt(n)-Lipschitz, so is std (a projection, divided by sqrt(n)), l2 is
  1-Lipschitz (triangle inequality); and |c - b| <= R sqrt(n), where R = T, or the tighter
  atol + rtol l2(b) / sqrt(n) where no max_ulp is given (triangle inequality again).

Proved when there is no NaN and even the extremes of one lie within atol, plus rtol times
the smallest possible |b|, of the opposite extremes of the other.

Complex numbers: |\|c_i\| - \|b_i\|| <= |c_i - b_i|, so all refutations hold for the statistics of
absolute values; nothing can be proved. Each figure may be off by half a unit of its ninth
digit and by the rounding of its sums; `_slack` and `_ROUNDING` give that back.
"""

from __future__ import annotations

import math

from repro_action.compare.pairs import MANTISSA, SMALLEST
from repro_action.config.model import Tolerance
from repro_action.tree import Leaf, Statistics

_NINTH_DIGIT = 1e-8
_ROUNDING = 1e-12


def decide(baseline: Leaf, candidate: Leaf, tolerance: Tolerance) -> bool | None:
    """Decide by statistics whether an array lies within the tolerance.

    Args:
        baseline: an array with a numeric dtype.
        candidate: one of the same dtype and shape, and of another digest.
        tolerance: not exact.

    Returns:
        False if refuted, True if proved, None otherwise.
    """
    before, after = baseline.stats, candidate.stats
    if before is None or after is None:
        return None
    if before.nan != after.nan or before.count != after.count:
        return False
    if before.count == before.nan:
        # Nothing but NaN on both sides, and yet another digest: their bits differ.
        return False
    if _refuted(before, after, tolerance, baseline.dtype):
        return False
    return True if _proved(before, after, tolerance, baseline.dtype) else None


def _refuted(before: Statistics, after: Statistics, tolerance: Tolerance, dtype: str) -> bool:
    largest = max(abs(before.min), abs(before.max))
    most = tolerance.atol + (tolerance.rtol * largest if tolerance.rtol else 0.0)
    root = math.sqrt(before.count - before.nan)
    typical = tolerance.atol + tolerance.rtol * before.l2 * (1 + _NINTH_DIGIT) / root
    if tolerance.max_ulp and dtype in MANTISSA:
        reach = max(largest, abs(after.min), abs(after.max))
        units = tolerance.max_ulp * (reach * 2.0 ** -MANTISSA[dtype] + SMALLEST[dtype])
        # Both parts of a complex number may use the whole allowance.
        most = typical = max(most, units * (math.sqrt(2) if dtype[1] == "c" else 1.0))
    most *= 1 + _NINTH_DIGIT
    noise = _ROUNDING * max(before.l2, after.l2) / root
    return (
        _apart(before.min, after.min) > most
        or _apart(before.max, after.max) > most
        or _far(before.mean, after.mean, typical + noise)
        or _far(before.std, after.std, typical + noise)
        or _far(before.l2, after.l2, (typical + noise) * root)
    )


def _apart(before: float, after: float) -> float:
    """Return how far two figures surely lie apart, at least."""
    if math.isinf(before) or math.isinf(after):
        return 0.0 if before == after else math.inf
    return abs(after - before) - _slack(before, after)


def _far(before: float, after: float, allowed: float) -> bool:
    # A sum may overflow on one side only, so an infinite one proves nothing.
    if not (math.isfinite(before) and math.isfinite(after) and math.isfinite(allowed)):
        return False
    return _apart(before, after) > allowed


def _slack(*figures: float) -> float:
    return _NINTH_DIGIT * sum(abs(figure) for figure in figures)


def _proved(before: Statistics, after: Statistics, tolerance: Tolerance, dtype: str) -> bool:
    if before.nan or dtype[1] == "c" or not math.isfinite(before.l2 + after.l2):
        return False
    spread = max(abs(after.max - before.min), abs(before.max - after.min))
    spread += _slack(before.min, before.max, after.min, after.max)
    crosses = before.min <= 0 <= before.max
    nearest = 0.0 if crosses else min(abs(before.min), abs(before.max)) * (1 - _NINTH_DIGIT)
    return spread <= tolerance.atol + tolerance.rtol * nearest
