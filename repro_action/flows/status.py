# SPDX-License-Identifier: Apache-2.0
"""`repro status`: the present materials against the baseline's, without training.

Only what the answer needs is loaded: without a baseline, nothing that compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from repro_action.init.undeclared import undeclared_reads
from repro_action.report.status import StatusReport

if TYPE_CHECKING:
    from repro_action.compare.materials import MaterialDifference
    from repro_action.environments.backend import EnvironmentBackend
    from repro_action.findings.suspect import Suspect
    from repro_action.fingerprint import Fingerprint
    from repro_action.interpreter.environment import Environment
    from repro_action.runs.project import Project


def status(project: Project, backend: EnvironmentBackend) -> StatusReport:
    """Compare the present materials with the baseline of this platform class."""
    baseline = project.baseline()
    environment = backend.peek(project.config)
    undeclared = undeclared_reads(project.config)
    built = environment is not None
    accepted = _accepted(project, environment, baseline.platforms) if baseline is not None else None
    if accepted is None:
        return StatusReport(built=built, undeclared=undeclared)
    accepted = project.store.with_kept_values(accepted)
    from repro_action.flows.present_materials import compare_with

    found = compare_with(project, environment, accepted)
    return StatusReport(
        platform=accepted.platform,
        suspects=_suspects(project, found),
        built=built,
        count=sum(len(group) for group in accepted.materials.values())
        + sum(folded.count for folded in accepted.folded_materials.values()),
        undeclared=undeclared,
    )


def _accepted(
    project: Project, environment: Environment | None, platforms: Mapping[str, Fingerprint]
) -> Fingerprint | None:
    if environment is None:
        return next(iter(platforms.values()), None)
    from repro_action.environments.circumstances import platform_class

    return platforms.get(platform_class(project.config.determinism.profile, environment.circumstances))


def _suspects(project: Project, found: tuple[MaterialDifference, ...]) -> tuple[Suspect, ...]:
    if not found:
        return ()
    # What ranks, and what reads tables, takes a while to load.
    from repro_action.findings.suspects import rank
    from repro_action.report.build.details import edits_of

    return rank(found, consumed=(), imported=(), edits=edits_of(project, found))
