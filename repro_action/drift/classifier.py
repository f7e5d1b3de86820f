# SPDX-License-Identifier: Apache-2.0
"""Whether a classifier can tell rows of two tables apart: drift that no column shows alone.

Source: D. Lopez-Paz and M. Oquab, Revisiting classifier two-sample tests, ICLR 2017. A classifier is trained
on half of the rows, and its AUC on the other half is what counts: where nothing changed, the labels there are
exchangeable, so that AUC is Mann and Whitney's U over its largest value, whatever the classifier learnt.
scikit-learn is imported here alone, and only where it is installed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from repro_action.drift.chance import ALPHA
from repro_action.drift.limits import SMALLEST

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROWS = 10_000
"""Rows of each table that are used at most: evenly spaced."""

COLUMNS = 500
"""Columns that are used at most."""

SEED = 0

NAMED = 3
LEAST_LOSS = 0.005
"""Columns that are named at most, and the AUC that shuffling one of them costs at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsCheck:
    """What a classifier says.

    Attributes:
        auc: on rows that it did not see; 0.5 where it guesses.
        null_band: what the AUC stays below where nothing changed, but for one time in a thousand.
        limit: the largest that is no drift.
        rows, new_rows: held-out rows of each table.
        features: the columns that it told them by, the most important first, at most three.
        skipped: why there is no answer; empty where there is one.
    """

    auc: float = 0.5
    null_band: float = 0.5
    limit: float = 0.5
    rows: int = 0
    new_rows: int = 0
    features: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def drifted(self) -> bool:
        """Whether the rows can be told apart, by more than the limit and than chance."""
        return not self.skipped and self.auc > max(self.limit, self.null_band)


def tell_apart(names: list[str], old: Floats, new: Floats, limit: float) -> RowsCheck:
    """Train a classifier to tell rows of two tables apart.

    Args:
        names: of the columns.
        old: shape `(rows, len(names))`; NaN is a missing value, categories are numbers.
        new: likewise.
        limit: the largest AUC that is no drift.
    """
    import numpy as np

    if min(len(old), len(new)) < 2 * SMALLEST:
        return RowsCheck(skipped=f"it needs {2 * SMALLEST} rows of each table", limit=limit)
    if not names:
        return RowsCheck(skipped="no column is in both tables", limit=limit)
    try:
        ensemble = import_module("sklearn.ensemble")
    except ImportError:
        return RowsCheck(skipped="scikit-learn is not installed", limit=limit)
    rows = np.concatenate([_some(old), _some(new)])
    labels = np.concatenate([np.zeros(len(_some(old))), np.ones(len(_some(new)))])
    test = _halves(rows)
    train = ~test
    counts = [int((labels[part] == label).sum()) for part in (train, test) for label in (0, 1)]
    if min(counts) < SMALLEST // 2:
        return RowsCheck(skipped="too few of its rows differ from each other", limit=limit)
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, learning_rate=0.1, early_stopping=False, random_state=SEED
    )
    model.fit(rows[train], labels[train])
    auc = area_under_curve(model.decision_function(rows[test]), labels[test])
    n, m = counts[2], counts[3]
    band = 0.5 + NormalDist().inv_cdf(1 - ALPHA) * math.sqrt((n + m + 1) / (12 * n * m))
    features = _important(model, names, rows[test], labels[test]) if auc > max(limit, band) else ()
    return RowsCheck(auc=auc, null_band=band, limit=limit, rows=n, new_rows=m, features=features)


def _important(model: Any, names: list[str], rows: Floats, labels: Floats) -> tuple[str, ...]:
    """Return the columns that the model tells rows apart by: shuffling one of them costs most AUC.

    Source: L. Breiman, Random forests, Machine Learning 45 (2001) 5, section 10.
    """
    import numpy as np

    some = np.linspace(0, len(rows) - 1, min(len(rows), 2_000)).astype(np.int64)
    rows, labels = rows[some], labels[some]
    whole = area_under_curve(model.decision_function(rows), labels)
    order = np.random.default_rng(SEED).permutation(len(rows))
    losses = []
    for place in range(len(names)):
        shuffled = rows.copy()
        shuffled[:, place] = shuffled[order, place]
        losses.append(whole - area_under_curve(model.decision_function(shuffled), labels))
    best = sorted(range(len(names)), key=lambda place: (-losses[place], place))[:NAMED]
    return tuple(names[place] for place in best if losses[place] > LEAST_LOSS)


def area_under_curve(scores: Floats, labels: Floats) -> float:
    """Return the area under the ROC curve: the share of pairs in the right order, ties by half.

    Source: J. A. Hanley and B. J. McNeil, The meaning and use of the area under a ROC curve, Radiology 143
    (1982) 29; H. B. Mann and D. R. Whitney, Ann. Math. Stat. 18 (1947) 50.
    """
    import numpy as np

    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.sum() / (2 * len(positive) * len(negative)))


def _some(rows: Floats) -> Floats:
    step = -(-len(rows) // ROWS)
    return rows[::step]


def _halves(rows: Floats) -> NDArray[np.bool_]:
    """Return which rows are held out, by content: equal rows stay together, so that none is recognized."""
    import numpy as np

    bits = np.ascontiguousarray(np.where(np.isnan(rows), np.nan, rows) + 0.0).view(np.uint64)
    weights = np.random.default_rng(SEED).integers(1, 2**63, rows.shape[1], dtype=np.uint64) | np.uint64(1)
    mixed = (bits * weights).sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    test: NDArray[np.bool_] = (mixed >> np.uint64(40)) & np.uint64(1) == 1
    return test
