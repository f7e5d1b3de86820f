# SPDX-License-Identifier: Apache-2.0
"""The noise record: what so many trainings that differ in their seed alone gave, metric by metric."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from repro_action.digest import Digest
from repro_action.noise import statistics
from repro_action.tree import Scalar

MAX_SEEDS = 1000
"""Trainings of one record."""
MAX_METRICS = 200
"""Metrics of one record; a report shows no more."""
QUANTILES = ("0.05", "0.25", "0.5", "0.75", "0.95")

Values = Mapping[str, Mapping[str, Scalar]]
"""Metrics file → name → value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNoise:
    """What other seeds do to one metric.

    Attributes:
        count: how many trainings gave it as a finite number.
        mean: of those; None where there is none.
        deviation: their sample standard deviation, ddof = 1; None where there are fewer than two.
        quantiles: `0.05`, `0.25`, `0.5`, `0.75`, `0.95` → value; empty where there is none.
        missing: seeds whose training ended without it, or with NaN or an infinity.
    """

    count: int
    mean: float | None = None
    deviation: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[int, ...] = ()

    @property
    def constant(self) -> bool:
        """Whether no seed moved it."""
        return self.deviation == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRecord:
    """What calibration keeps in the baseline, for one platform class.

    Attributes:
        materials: digest of the materials without the seed; see `noise.materials`.
        seeds: those that were trained with, in order.
        failed: those of them whose training failed.
        seed_params: parameters that are the seed, `FILE: KEY`, and so are no part of `materials`.
        metrics: file → name → noise.
        unlisted: how many metrics there is no room for.
    """

    materials: Digest
    seeds: tuple[int, ...]
    failed: tuple[int, ...] = ()
    seed_params: tuple[str, ...] = ()
    metrics: Mapping[str, Mapping[str, MetricNoise]] = field(default_factory=dict)
    unlisted: int = 0

    def of(self, file: str, name: str) -> MetricNoise | None:
        """Return the noise of one metric, if it is known."""
        return self.metrics.get(file, {}).get(name)

    @property
    def flaws(self) -> tuple[str, ...]:
        """What contradicts itself, in a record that `repro calibrate` did not write."""
        return tuple(_flaws(self))


def summarize(
    values: Mapping[int, Values], *, baseline: Values
) -> tuple[dict[str, dict[str, MetricNoise]], int]:
    """Summarize each metric over the seeds whose training came to an end.

    A metric that is no number anywhere, such as a name, has no noise and is left out.

    Args:
        values: seed → its metrics.
        baseline: the accepted metrics.

    Returns:
        File → name → noise, at most `MAX_METRICS` in all; and how many more there are.
    """
    tables = [baseline, *values.values()]
    names = sorted({(file, name) for table in tables for file, found in table.items() for name in found})
    found: dict[str, dict[str, MetricNoise]] = {}
    count = 0
    for file, name in names:
        if not any(_is_number(table.get(file, {}).get(name)) for table in tables):
            continue
        count += 1
        if count <= MAX_METRICS:
            drawn = {seed: finite(table.get(file, {}).get(name)) for seed, table in values.items()}
            found.setdefault(file, {})[name] = metric_noise(drawn)
    return found, max(0, count - MAX_METRICS)


def metric_noise(drawn: Mapping[int, float | None]) -> MetricNoise:
    """Summarize one metric.

    Args:
        drawn: seed → value, or None where it is missing or not finite.
    """
    values = [value for value in drawn.values() if value is not None]
    return MetricNoise(
        count=len(values),
        mean=statistics.mean(values) if values else None,
        deviation=statistics.deviation(values) if len(values) > 1 else None,
        quantiles={name: statistics.quantile(values, float(name)) for name in QUANTILES} if values else {},
        missing=tuple(seed for seed, value in drawn.items() if value is None),
    )


def _is_number(value: Scalar) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def finite(value: Scalar) -> float | None:
    """Return a number as a float; None for anything else, NaN, and what no float can hold."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _flaws(record: NoiseRecord) -> Iterator[str]:
    seeds = set(record.seeds)
    if len(seeds) != len(record.seeds) or len(seeds) > MAX_SEEDS:
        yield f"a seed is listed twice, or there are more than {MAX_SEEDS}"
    if not seeds.issuperset(record.failed):
        yield "a seed that failed was not trained with"
    if sum(map(len, record.metrics.values())) > MAX_METRICS:
        yield f"there are more than {MAX_METRICS} metrics"
    ended = len(seeds) - len(set(record.failed))
    for file, named in record.metrics.items():
        for name, noise in named.items():
            if not _sound(noise, seeds, ended):
                yield f"{file}: {name} contradicts itself"


def _sound(noise: MetricNoise, seeds: set[int], ended: int) -> bool:
    numbers = [*noise.quantiles.values(), *(one for one in (noise.mean, noise.deviation) if one is not None)]
    return (
        noise.count + len(noise.missing) == ended
        and seeds.issuperset(noise.missing)
        and all(map(math.isfinite, numbers))
        and (noise.mean is None) == (noise.count == 0)
        and (noise.deviation is None) == (noise.count < 2)
        and (noise.deviation or 0) >= 0
        and set(noise.quantiles) == (set(QUANTILES) if noise.count else set())
    )
