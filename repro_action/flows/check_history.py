# SPDX-License-Identifier: Apache-2.0
"""Whether a deployed model is one that was accepted earlier: committed baselines of the past are asked."""

from __future__ import annotations

from collections.abc import Callable

from repro_action.codec.baseline import load
from repro_action.errors import BaselineError
from repro_action.fingerprint import Fingerprint
from repro_action.flows.check_parts import Assignment
from repro_action.report.check_model import EarlierBaseline
from repro_action.runs.project import Project

VERSIONS = 50
"""Baselines of the past that are asked."""


def earlier_baseline(
    project: Project, assignment: Assignment, same: Callable[[Fingerprint, Assignment], bool]
) -> EarlierBaseline | None:
    """Return the newest committed baseline whose model a subject is; None where none is found.

    Args:
        project: whose history is asked.
        assignment: the parts of the subject.
        same: whether the parts hold what a fingerprint lists.
    """
    name = project.config.baseline_path.name
    committed = project.history.has_committed(name, project.config.baseline_path)
    for place, (commit, _) in enumerate(project.history.commits_of(name, limit=VERSIONS)):
        data = project.history.read(commit, name)
        if data is None:
            continue
        try:
            baseline = load(data.decode("utf-8", "surrogateescape"), name)
        except BaselineError:
            continue
        for platform, fingerprint in baseline.platforms.items():
            if same(fingerprint, assignment):
                return EarlierBaseline(
                    commit=commit, ago=place if committed else place + 1, platform=platform
                )
    return None
