# SPDX-License-Identifier: Apache-2.0
"""The second question of a pull request: what does the change do, baseline against baseline?"""

from __future__ import annotations

from repro_action.baseline import Baseline
from repro_action.compare.judge import compare
from repro_action.fingerprint import Fingerprint
from repro_action.report.build.comparison import comparison
from repro_action.report.build.details import details_of
from repro_action.report.build.labels import USUAL_LABELS, Labels
from repro_action.report.model import Comparison, Side
from repro_action.runs.project import Project


def change_since(project: Project, revision: str, labels: Labels = USUAL_LABELS) -> Comparison | None:
    """Compare the baseline of a revision with the present one.

    Args:
        project: the project.
        revision: of git.
        labels: what people call both sides.

    Returns:
        The comparison of the class that both sides have; None where either side has no
        baseline, or they share no class.

    Raises:
        HistoryError: git does not know the revision.
        BaselineError: either baseline cannot be read.
    """
    commit = project.history.require_revision(revision)
    before, after = project.baseline_at(revision), project.baseline()
    if before is None or after is None:
        return None
    shared = sorted({*before.platforms} & {*after.platforms})
    if not shared:
        return None
    platform = next((name for name in shared if before.platforms[name] != after.platforms[name]), shared[0])
    old, new = before.platforms[platform], after.platforms[platform]
    difference = compare(old, new, metrics=project.config.metrics, artifacts=project.config.artifacts)
    head = labels.commit or project.history.commit("HEAD") or ""
    sides = (
        Side(label=labels.base or revision, platform=platform, revision=commit[:12]),
        Side(label=labels.this or "this commit", platform=platform, revision=head[:12]),
    )
    extents = details_of(project, difference.materials, since=commit)
    return comparison(difference, old, new, sides=sides, extents=extents)


def nearest(baseline: Baseline | None, candidate: Fingerprint) -> Fingerprint | None:
    """Return the accepted fingerprint of the class most like the candidate's, if there is any."""
    if baseline is None or not baseline.platforms:
        return None
    family = candidate.platform.replace("_", "-").split("-")[0]
    ranked = sorted(baseline.platforms, key=lambda name: (not name.startswith(family), name))
    return baseline.platforms[ranked[0]]
