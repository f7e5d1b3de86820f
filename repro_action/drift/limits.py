# SPDX-License-Identifier: Apache-2.0
"""How far a column may move before it has drifted: effect sizes, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, fields

SMALLEST = 50
"""Values that each side needs; of fewer, nothing is concluded.

With 50 on each side chance alone reaches a D of 0.27 in one comparison of twenty (Smirnov 1948).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLimits:
    """The largest distance that is no drift, a measure.

    Attributes:
        psi: population stability index. 0.2: credit scoring's rule that more is a significant shift; below
            0.1 nothing happened (N. Siddiqi, Credit Risk Scorecards, 2006).
        ks: Kolmogorov-Smirnov D. 0.1: of a normal distribution, a shift of its mean by a quarter of its
            standard deviation, a little more than J. Cohen's small effect of 0.2 (Statistical Power Analysis
            for the Behavioral Sciences, 1988).
        js: Jensen-Shannon distance, base 2. 0.15: about the distance of a PSI of 0.12, so that categories are
            judged a little earlier than credit scoring would.
        missing: difference of the shares of missing cells. 0.05; ours.
        new_categories: share of new cells in categories that the old data does not have. 0.01; ours.
        auc: of a classifier that tells old rows from new. 0.6: a rank-biserial correlation of 0.2, between
            Cohen's small (0.56) and medium (0.64) effect as an area under the curve (J. Ruscio, A
            probability-based measure of effect size, Psychological Methods 13 (2008) 19).
        judged: whether a column of dates is judged; columns for which a limit is written are.
    """

    psi: float = 0.2
    ks: float = 0.1
    js: float = 0.15
    missing: float = 0.05
    new_categories: float = 0.01
    auc: float = 0.6
    judged: bool = False


NAMES = tuple(each.name for each in fields(DriftLimits) if each.name not in {"judged", "auc"})
"""What `drift_max` of a column may name."""
