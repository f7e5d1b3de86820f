# SPDX-License-Identifier: Apache-2.0
"""How the metrics that have a goal went over the accepted baselines that git remembers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from itertools import islice

from repro_action.codec.baseline import load
from repro_action.config.model import Config
from repro_action.errors import BaselineError
from repro_action.fingerprint import Fingerprint
from repro_action.report.states import Goal
from repro_action.report.trend import FEWEST, Trend
from repro_action.runs.project import Project

METRICS = 4
VERSIONS = 12
"""Baselines that are read: each is a file of git."""

LARGEST = 4 << 20
"""Bytes of a baseline that is read for its metrics alone."""


def trends(project: Project, candidate: Fingerprint) -> tuple[Trend, ...]:
    """Return the history of a few metrics on the candidate's platform class, and last the candidate's.

    Metrics without a goal are left out, and so are those with too short a history.
    """
    wanted = list(islice(_wanted(project.config), METRICS))
    if not wanted:
        return ()
    accepted = [*reversed(list(_accepted(project, candidate.platform)))]
    if accepted and accepted[-1].metrics == candidate.metrics:
        accepted.pop()
    if len(accepted) + 1 < FEWEST:
        return ()
    found = []
    for file, name, goal in wanted:
        values = tuple(
            value
            for fingerprint in (*accepted, candidate)
            if (value := _value(fingerprint, file, name)) is not None
        )
        if _value(candidate, file, name) is not None and len(values) >= FEWEST:
            found.append(Trend(file=file, name=name, goal=goal, values=values))
    return tuple(found)


def absent_trends(project: Project) -> str:
    """Return why the history of metrics that have a goal is not known; empty where it is, or none has."""
    return project.history.unfetched if any(_wanted(project.config)) else ""


def _wanted(config: Config) -> Iterator[tuple[str, str, Goal]]:
    for file, rules in config.metrics.items():
        for name, rule in rules.items():
            if rule.goal is not None:
                yield file, name, Goal(rule.goal)


def _accepted(project: Project, platform: str) -> Iterator[Fingerprint]:
    """Yield the accepted fingerprints of a class, the newest first; what cannot be read is passed over."""
    name = project.config.baseline_path.name
    for data in islice(project.history.versions(name), VERSIONS):
        with contextlib.suppress(BaselineError):
            baseline = load(data.decode("utf-8", "surrogateescape"), name) if len(data) <= LARGEST else None
            if baseline is not None and platform in baseline.platforms:
                yield baseline.platforms[platform]


def _value(fingerprint: Fingerprint, file: str, name: str) -> float | None:
    """Return a metric where it is a number that can be drawn."""
    value = fingerprint.metrics.get(file, {}).get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**64:
        return None
    return float(value) if math.isfinite(value) else None
