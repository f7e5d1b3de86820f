# SPDX-License-Identifier: Apache-2.0
"""The records of searches beside a run: each of their claims is checked, and a false one fails the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repro_action.flows.probe import enclosure_of_trials
from repro_action.notice import Notice
from repro_action.report.model import Cause, Report
from repro_action.report.search_claims import ClaimState, SearchClaim, refuted
from repro_action.runs.workspace import make_base, remove
from repro_action.searches.runner import TaskRunner
from repro_action.searches.search_check import SearchCheck
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.environments.backend import EnvironmentBackend
    from repro_action.interpreter.environment import Environment
    from repro_action.progress import Progress
    from repro_action.runs.project import Project

_KEPT = frozenset({Verdict.DRIFTED, Verdict.FAILED})
"""Verdicts whose commands accept nothing."""

_NEXT = ("repro verify", "repro accept --force   # although its record is false")


def search_claims(
    project: Project, backend: EnvironmentBackend, environment: Environment, progress: Progress
) -> tuple[SearchClaim, ...]:
    """Check every search of a project whose run has ended, with its lock.

    Args:
        project: whose outputs are there.
        backend: of the environment.
        environment: of the steps.
        progress: receives how far it is.
    """
    config = project.config
    base = make_base(config.state)
    try:
        runner = TaskRunner(
            config=config,
            environment=environment,
            sandbox=enclosure_of_trials(config, backend, environment),
            base=base,
        )
        return tuple(
            claim
            for search in config.searches
            for claim in SearchCheck(config=config, search=search, runner=runner, progress=progress).claims()
        )
    finally:
        remove(base)


def with_claims(report: Report, claims: tuple[SearchClaim, ...]) -> Report:
    """Return a report with the claims of searches: a false one is a drift, whatever the outputs are.

    What is lost or could not be checked is a warning, with the reason.
    """
    false = refuted(claims)
    open_claims = [claim for claim in claims if claim.state in {ClaimState.LOST, ClaimState.UNCHECKED}]
    warned = replace(
        report,
        searches=claims,
        warnings=(*report.warnings, *map(_notice, open_claims)),
        hints=(*report.hints, *map(_notice, false)),
    )
    if not false:
        return warned
    first = f"{false[0].search}: {false[0].text}"
    return replace(
        warned,
        verdict=Verdict.DRIFTED if report.verdict.exit_code == 0 else report.verdict,
        headline=f"{first}; {report.headline}",
        causes=(
            *(Cause(kind=None, name=claim.search, text=f"{claim.search}: {claim.text}") for claim in false),
            *report.causes,
        ),
        reproduce=report.reproduce if report.verdict in _KEPT else _NEXT,
    )


def _notice(claim: SearchClaim) -> Notice:
    return Notice(what=claim.text, why=claim.why, remedy=claim.remedy, where=claim.search)
