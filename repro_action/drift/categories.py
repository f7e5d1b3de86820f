# SPDX-License-Identifier: Apache-2.0
"""Categories of two samples: which are frequent enough to be compared, and how many are new."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from repro_action.drift import chance
from repro_action.drift.sample import ColumnSample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT_CATEGORIES = 50
"""Categories that are compared one by one at most, the most frequent; the rest counts as one."""

EXPECTED = 5
"""Cells of a category that are expected on each side at least (W. G. Cochran, Biometrics 10 (1954) 417)."""


def category_counts(old: ColumnSample, new: ColumnSample) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return counts of the frequent categories, and of all others together, on both sides.

    A category counts alone where at least `EXPECTED` cells are expected on each side, so that the chi-square
    distribution holds; chosen by both sides' counts together, for one side's own would favour it.
    """
    import numpy as np

    n, m = old.present, new.present
    least = EXPECTED * (n + m) / min(n, m)
    # In a profile a count of 0 is one that is not given, since it is small.
    known = {name for name, count in old.categories.items() if count}
    names = known if old.pooled or len(known) < len(old.categories) else {*known, *new.categories}
    together = {name: old.categories.get(name, 0) + new.categories.get(name, 0) for name in names}
    frequent = [item for item in together.items() if item[1] >= least]
    kept = [name for name, _ in sorted(frequent, key=_frequency)][:KEPT_CATEGORIES]
    before = np.array([*(old.categories.get(name, 0) for name in kept), 0], np.int64)
    after = np.array([*(new.categories.get(name, 0) for name in kept), 0], np.int64)
    before[-1], after[-1] = n - before.sum(), m - after.sum()
    return before, after


def unseen(old: ColumnSample, new: ColumnSample) -> tuple[tuple[str, ...], float]:
    """Return categories that the old data does not have, and their share of the new cells.

    Where a profile lists the frequent ones only, it is by how much the share of all others grew.
    """
    if old.pooled:
        rare = sum(count for name, count in new.categories.items() if not old.categories.get(name))
        share = (rare + new.others) / max(new.present, 1) - old.others / max(old.present, 1)
        return (), max(share, 0.0)
    unlike = [item for item in new.categories.items() if item[0] not in old.categories]
    added = tuple(name for name, _ in sorted(unlike, key=_frequency))
    return added, sum(count for _, count in unlike) / max(new.present, 1)


def unseen_floor(old: ColumnSample, new: ColumnSample, alpha: float) -> float:
    """Return the share of new cells in unseen categories that chance seldom exceeds.

    More of the rare categories turn up in any new sample: the share of cells whose category was seen once
    estimates that of the unseen (I. J. Good, Biometrika 40 (1953) 237), with the standard deviation of
    W. W. Esty, A normal limit law for a nonparametric estimator of the coverage, Ann. Stat. 11 (1983) 905.
    """
    n, m = old.present, new.present
    if old.pooled:
        rare = old.others / max(n, 1)
        return chance.share_floor(rare, rare, n, m, alpha)
    # A count that a profile does not give may be 1.
    once, twice = (sum(count in {times, 0} for count in old.categories.values()) for times in (1, 2))
    share = once / n
    spread = (once + 2 * twice - once**2 / n + 1) / n**2 + (share * (1 - share) + 1 / m) / m
    return share + NormalDist().inv_cdf(1 - alpha) * math.sqrt(spread)


def _frequency(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
