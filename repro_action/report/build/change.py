# SPDX-License-Identifier: Apache-2.0
"""The second question of a pull request: what does the change do, baseline against baseline?"""

from __future__ import annotations

from dataclasses import replace

from repro_action.baseline import Baseline
from repro_action.compare.judge import compare
from repro_action.compare.seed_noise import with_noise
from repro_action.fingerprint import Fingerprint
from repro_action.report.build.comparison import comparison
from repro_action.report.build.details import edits_of
from repro_action.report.build.labels import USUAL_LABELS, Labels
from repro_action.report.build.margins import with_margins
from repro_action.report.build.places import CauseFinder
from repro_action.report.model import Comparison, Side
from repro_action.runs.project import Project


def change_since(project: Project, revision: str, labels: Labels = USUAL_LABELS) -> Comparison | None:
    """Compare the baseline of a revision with the present one.

    Args:
        project: the project.
        revision: of git.
        labels: what people call both sides.

    Returns:
        The comparison of the class that both sides have, or with nothing where the revision has no
        baseline; None where the present side has none, or they share no class.

    Raises:
        HistoryError: git does not know the revision.
        BaselineError: either baseline cannot be read.
    """
    commit = project.history.require_revision(revision)
    before, after = project.baseline_at(revision), project.baseline()
    if after is None or not after.platforms:
        return None
    head = labels.commit or project.history.commit("HEAD") or ""

    def sides(platform: str) -> tuple[Side, Side]:
        return (
            Side(label=labels.base or revision, platform=platform, revision=commit[:12]),
            Side(label=labels.this or "this commit", platform=platform, revision=head[:12]),
        )

    if before is None:
        platform = next(iter(sorted(after.platforms)))
        return of_nothing(after.platforms[platform], project, sides(platform))
    shared = sorted({*before.platforms} & {*after.platforms})
    if not shared:
        return None
    platform = next((name for name in shared if before.platforms[name] != after.platforms[name]), shared[0])
    old, new = before.platforms[platform], after.platforms[platform]
    rules = with_noise(project.config.metrics, old, before)
    difference = compare(old, new, metrics=rules, artifacts=project.config.artifacts)
    edits = edits_of(project, difference.materials, since=commit)
    extents = {key: edit.text for key, edit in edits.items()}
    found = comparison(difference, old, new, sides=sides(platform), extents=extents)
    found = with_margins(found, old, before)
    return replace(found, materials=CauseFinder(project=project, base=commit).materials(found.materials))


def of_nothing(made: Fingerprint, project: Project, sides: tuple[Side, Side]) -> Comparison:
    """Return what there is to see of a model that nothing came before: its metrics and artifacts.

    Args:
        made: its fingerprint.
        project: whose rules say which way a metric is better.
        sides: how the empty side and its own are called.
    """
    nothing = Fingerprint(
        platform=made.platform, steps=(), materials={}, products={}, metrics={}, circumstances={}
    )
    config = project.config
    difference = compare(nothing, made, metrics=config.metrics, artifacts=config.artifacts)
    found = comparison(difference, nothing, made, sides=sides)
    # Every material would be listed as added, and says nothing.
    return replace(found, materials=(), hidden_materials=0, strip=())


def nearest(baseline: Baseline | None, candidate: Fingerprint) -> Fingerprint | None:
    """Return the accepted fingerprint of the class most like the candidate's, if there is any."""
    if baseline is None or not baseline.platforms:
        return None
    family = candidate.platform.replace("_", "-").split("-")[0]
    ranked = sorted(baseline.platforms, key=lambda name: (not name.startswith(family), name))
    return baseline.platforms[ranked[0]]
