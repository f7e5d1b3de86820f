# SPDX-License-Identifier: Apache-2.0
"""Two fingerprints side by side: what is the same, what differs, and in which inputs."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.materials import MaterialDifference
from repro_action.report.model import Comparison, Counts, ExcludedLeaves, InputState, Side, State
from repro_action.report.sections.artifacts import ArtifactsSection, artifacts
from repro_action.report.sections.listed import Listed
from repro_action.report.sections.metrics import MetricsSection, changed_metrics, metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLimits:
    """How much of a comparison a medium shows.

    Attributes:
        metrics, artifacts, materials, excluded: entries of each list.
        leaves: of one artifact.
        opened: artifacts, from the first, whose leaves are shown.
    """

    metrics: int
    artifacts: int
    leaves: int
    materials: int
    excluded: int
    opened: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSection:
    """One comparison, as every medium shows it.

    Attributes:
        first: whether the older side has nothing to compare with.
        differs: whether anything at all is not the same on both sides, hardware aside.
        identical: what was compared and is the same.
        identical_files: the metrics files that hold metrics which are the same.
        hidden: what differs and is not named in the report.
    """

    before: Side
    after: Side
    same_platform: bool
    first: bool
    differs: bool
    inputs: tuple[InputState, ...]
    materials: Listed[MaterialDifference]
    metrics: MetricsSection
    artifacts: ArtifactsSection
    identical: Counts
    identical_files: tuple[str, ...]
    hidden: Counts
    excluded: Listed[ExcludedLeaves]


def comparison_section(comparison: Comparison, limits: ShowLimits) -> ComparisonSection:
    """Return one comparison, as much of it as a medium shows."""
    same = {row.file for row in comparison.metrics if row.state is State.IDENTICAL and row.file}
    return ComparisonSection(
        before=comparison.before,
        after=comparison.after,
        same_platform=comparison.same_platform,
        first=comparison.first,
        differs=differs(comparison),
        inputs=comparison.strip,
        materials=Listed.of(comparison.materials, limits.materials, hidden=comparison.hidden_materials),
        metrics=metrics(comparison, limits.metrics),
        artifacts=artifacts(comparison, limits.artifacts, opened=limits.opened, leaves=limits.leaves),
        identical=comparison.unchanged,
        identical_files=tuple(sorted(same)) if comparison.unchanged.metrics else (),
        hidden=comparison.hidden,
        excluded=Listed.of(comparison.excluded, limits.excluded),
    )


def differs(comparison: Comparison) -> bool:
    """Whether anything at all is not the same on both sides, hardware aside."""
    return bool(
        comparison.artifacts
        or comparison.materials
        or changed_metrics(comparison)
        or not comparison.same_platform
        or comparison.hidden != Counts()
        or comparison.hidden_materials
    )
