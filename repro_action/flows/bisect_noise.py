# SPDX-License-Identifier: Apache-2.0
"""What seed noise allows while a search compares commits: noise records of accepted baselines."""

from __future__ import annotations

from dataclasses import replace

from repro_action.baseline import Baseline
from repro_action.compare.seed_noise import with_noise
from repro_action.compare.subject_of_search import SearchedKind, SearchedResult
from repro_action.config.model import Config
from repro_action.fingerprint import Fingerprint
from repro_action.noise.margin import allowed_change
from repro_action.noise.materials import is_of

SIGMAS = 2.0
"""Of seed noise, that count as no change."""


def noise_limit(result: SearchedResult, accepted: Fingerprint | None, baseline: Baseline | None) -> float:
    """Return the change of a metric that seed noise accounts for; 0 where no record of it is valid.

    Args:
        result: a size that the user gave counts instead, and only metrics have noise.
        accepted: what the baseline has for this class of platform.
        baseline: of the first commit.
    """
    if (
        result.kind is not SearchedKind.METRIC
        or result.by is not None
        or accepted is None
        or baseline is None
    ):
        return 0.0
    record = baseline.noise.get(accepted.platform)
    noise = record.of(result.file, result.name) if record is not None and is_of(record, accepted) else None
    return (allowed_change(noise, SIGMAS) if noise is not None else None) or 0.0


def with_rules(config: Config, accepted: Fingerprint, baseline: Baseline | None) -> Config:
    """Return a configuration whose tolerances in sigmas are amounts."""
    return replace(config, metrics=with_noise(config.metrics, accepted, baseline))
