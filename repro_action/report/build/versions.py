# SPDX-License-Identifier: Apache-2.0
"""A model's accepted baselines, the oldest first → what each one changed, and how the metrics went."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from repro_action.baseline import Baseline
from repro_action.compare.judge import compare
from repro_action.config.model import Config
from repro_action.fingerprint import Fingerprint
from repro_action.noise.materials import is_of
from repro_action.report.build.comparison import comparison
from repro_action.report.model import Comparison, Counts, Side, State
from repro_action.report.model_history import AcceptedVersion, MetricPoint, MetricSeries, NoiseBand
from repro_action.report.states import Goal
from repro_action.tree import Scalar

LISTED = 20
"""Metrics, artifacts and materials that one change lists, of each."""

SERIES = 40
"""Metrics of a model whose history is kept."""

PLATFORMS = 8
"""Platform classes of one baseline that are looked at."""

_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBaseline:
    """A baseline as one commit left it.

    Attributes:
        version: what is known of it without looking into it, or why it cannot be read.
        baseline: None where it cannot be read.
    """

    version: AcceptedVersion
    baseline: Baseline | None = None


@dataclass(slots=True, kw_only=True)
class VersionTable:
    """What baselines say, added one by one, the oldest first; only the last one is kept whole.

    Attributes:
        config: the rules that changes are compared under; None for exact ones.
        versions: the oldest first.
    """

    config: Config | None
    versions: list[AcceptedVersion] = field(default_factory=list)
    _last: PastBaseline | None = None
    _points: dict[tuple[str, str, str], list[MetricPoint]] = field(default_factory=dict)

    def add(self, past: PastBaseline) -> None:
        """Add the next one; what went before under another path and another model's name is dropped."""
        baseline, last = past.baseline, self._last
        if baseline is None:
            self.versions.append(past.version)
            return
        if last is not None and last.baseline is not None and _is_other(past, last):
            # A file that git takes for the former one, and was another model's.
            last = self._last = None
            self.versions.clear()
            self._points.clear()
        before = last.baseline if last is not None else None
        self.versions.append(_changed(past.version, before, baseline, self.config))
        self._last = past
        for platform, fingerprint in list(baseline.platforms.items())[:PLATFORMS]:
            self._note(past.version, platform, fingerprint)

    def _note(self, version: AcceptedVersion, platform: str, fingerprint: Fingerprint) -> None:
        for file, values in fingerprint.metrics.items():
            for name, value in values.items():
                number = as_number(value)
                if number is not None:
                    point = MetricPoint(commit=version.commit, day=version.day, value=number)
                    self._points.setdefault((platform, file, name), []).append(point)

    @property
    def series(self) -> tuple[MetricSeries, ...]:
        """The metrics that the newest readable baseline has, those with a goal first."""
        newest = self._last.baseline if self._last is not None else None
        if newest is None:
            return ()
        found = [
            MetricSeries(
                platform=platform,
                file=file,
                name=name,
                goal=self._goal(file, name),
                points=tuple(points),
                noise=_band(newest, platform, file, name),
            )
            for (platform, file, name), points in self._points.items()
            if platform in newest.platforms and name in newest.platforms[platform].metrics.get(file, {})
        ]
        return tuple(sorted(found, key=lambda one: one.goal is Goal.NONE))

    def _goal(self, file: str, name: str) -> Goal:
        rules = self.config.metrics.get(file, {}) if self.config is not None else {}
        rule = rules.get(name) or rules.get("*")
        return Goal(rule.goal) if rule is not None and rule.goal is not None else Goal.NONE


def _band(baseline: Baseline, platform: str, file: str, name: str) -> NoiseBand | None:
    """Return what the seed alone does to a metric; None where it was measured with other materials."""
    record = baseline.noise.get(platform)
    found = record.of(file, name) if record is not None else None
    if record is None or found is None or found.mean is None or found.deviation is None:
        return None
    if not is_of(record, baseline.platforms[platform]):
        return None
    return NoiseBand(mean=found.mean, deviation=found.deviation, count=found.count)


def as_number(value: Scalar) -> float | None:
    """Return a metric where it is a number that can be drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**64:
        return None
    return float(value) if math.isfinite(value) else None


def _is_other(past: PastBaseline, last: PastBaseline) -> bool:
    moved = past.version.path != last.version.path
    names = {one.baseline.name for one in (past, last) if one.baseline is not None}
    return moved and len(names) > 1


def _changed(
    version: AcceptedVersion, before: Baseline | None, after: Baseline, config: Config | None
) -> AcceptedVersion:
    platforms = tuple(after.platforms)[:PLATFORMS]
    if before is None:
        return replace(version, platforms=platforms, first=True)
    shared = [name for name in platforms if name in before.platforms]
    return replace(
        version,
        platforms=platforms,
        changes=tuple(_changes(shared, before, after, config)),
        added=tuple(name for name in platforms if name not in before.platforms),
        removed=tuple(name for name in before.platforms if name not in after.platforms)[:PLATFORMS],
    )


def _changes(
    platforms: Iterable[str], before: Baseline, after: Baseline, config: Config | None
) -> Iterator[Comparison]:
    for platform in platforms:
        old, new = before.platforms[platform], after.platforms[platform]
        if old == new:
            continue
        found = compare(
            old,
            new,
            metrics=config.metrics if config is not None else None,
            artifacts=config.artifacts if config is not None else (),
        )
        sides = (Side(label="before", platform=platform), Side(label="after", platform=platform))
        yield _brief(comparison(found, old, new, sides=sides))


def _brief(found: Comparison) -> Comparison:
    """Return a comparison whose lists are short, without leaves; what is left out is counted."""
    rows = [row for row in found.metrics if row.state is not State.IDENTICAL]
    artifacts = [replace(one, leaves=(), hidden=one.differing) for one in found.artifacts[:LISTED]]
    return replace(
        found,
        materials=found.materials[:LISTED],
        metrics=tuple(rows[:LISTED]),
        artifacts=tuple(artifacts),
        excluded=(),
        partings=(),
        hidden=Counts(
            artifacts=found.hidden.artifacts + max(0, len(found.artifacts) - LISTED),
            leaves=found.hidden.leaves,
            metrics=found.hidden.metrics + max(0, len(rows) - LISTED),
        ),
        hidden_materials=found.hidden_materials + max(0, len(found.materials) - LISTED),
    )
