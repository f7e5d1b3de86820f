# SPDX-License-Identifier: Apache-2.0
"""What a change of a metric is worth against the noise of the seed.

A change is head - base, and each of the two is one draw with a seed of its own: the standard deviation of
their difference is √2 sigma. That is estimated by s from n other draws, so the difference over √2 s follows
Student's t with n - 1 degrees of freedom where draws are normal; its bound is the prediction interval of
Hahn and Meeker, "Statistical Intervals", section 4.7, for the difference of two future draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from repro_action.noise.record import QUANTILES, MetricNoise
from repro_action.noise.statistics import student_bound

BAR = 2.0
"""Standard deviations beyond which a difference is called distinguishable: 4.6 % of null changes are."""
FEW = 20
"""Draws below which a report says that Student's t set the bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseMargin:
    """One metric's change beside its noise.

    Attributes:
        count: of trainings with other seeds.
        mean, deviation: of the metric over them; None where they are too few.
        quantiles: values at the fractions of `record.QUANTILES`; empty where there is none.
        sigmas: the change in standard deviations of a difference of two trainings, √2 s; None where there is
            no change, or the deviation is 0 or unknown.
        bar: such standard deviations within which 95.4 % of null changes lie, by Student's t; None likewise.
        stale: whether the record is of other materials: then nothing is concluded.
        missing: trainings that failed or ended without the metric.
    """

    count: int
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = ()
    sigmas: float | None = None
    bar: float | None = None
    stale: bool = False
    missing: int = 0

    @property
    def distinguishable(self) -> bool | None:
        """Whether the change is more than two seeds make; None where that is not known."""
        if self.stale or self.sigmas is None or self.bar is None:
            return None
        return self.sigmas > self.bar


def margin(noise: MetricNoise, delta: float | None, *, failed: int = 0, stale: bool = False) -> NoiseMargin:
    """Hold a change against the noise of its metric.

    Args:
        noise: of the metric.
        delta: head - base, in the metric's unit; None where there is none.
        failed: trainings of the record that failed.
        stale: whether the record is of other materials.
    """
    spread = noise.deviation
    known = delta is not None and math.isfinite(delta) and spread is not None and spread > 0
    return NoiseMargin(
        count=noise.count,
        mean=noise.mean,
        deviation=spread,
        quantiles=tuple(noise.quantiles[name] for name in QUANTILES if name in noise.quantiles),
        sigmas=abs(delta) / (math.sqrt(2) * spread) if known and delta is not None and spread else None,
        bar=student_bound(BAR, noise.count - 1) if known else None,
        stale=stale,
        missing=len(noise.missing) + failed,
    )


def allowed_change(noise: MetricNoise, sigmas: float) -> float | None:
    """Return the largest change, in the metric's unit, that `sigmas` of seed noise account for.

    `t √2 s`, where `t` holds as much of Student's t with n - 1 degrees of freedom as `sigmas` of a normal.

    Args:
        noise: of the metric.
        sigmas: above 0, at most 8.

    Returns:
        0 where no seed moved the metric; None where there are fewer than two draws.
    """
    if noise.deviation is None:
        return None
    bound = student_bound(sigmas, noise.count - 1) * math.sqrt(2) * noise.deviation
    return bound if math.isfinite(bound) else None
