# SPDX-License-Identifier: Apache-2.0
"""What the steps' own processes reported through the hook, compared with what was declared."""

from __future__ import annotations

from collections.abc import Mapping

from repro_action.config.model import Config, Step
from repro_action.determinism.judge import Judgement, judge
from repro_action.determinism.presence import switched_off
from repro_action.determinism.profile import expectations
from repro_action.determinism.read import HookReport, merge
from repro_action.fingerprint import UNVOUCHED
from repro_action.interpreter.environment import Environment
from repro_action.runs.plan import RunPlan
from repro_action.steps.execute import PYTHONS


def kernels(merged: HookReport) -> dict[str, str]:
    """Say which kernels did the arithmetic, as the processes themselves reported."""
    found = sorted({library.architecture for library in merged.libraries if library.architecture})
    return {"blas_kernel": ", ".join(found)} if found else {}


def imported(environment: Environment, merged: HookReport) -> frozenset[str]:
    """Return the normalized names of the distributions that any process imported from."""
    modules = set(merged.modules)
    return frozenset(
        package.name for package in environment.distributions if modules.intersection(package.modules)
    )


def judgements(
    config: Config, environment: Environment, reports: Mapping[str, tuple[HookReport, ...]]
) -> dict[str, Judgement]:
    """Return, by step, what its processes show of the determinism profile."""
    expected = expectations(
        config.determinism.profile,
        seed=config.seed,
        threads=config.determinism.threads,
        environment=environment,
    )
    return {name: judge(found, expected) for name, found in reports.items()}


def undeclared(plan: RunPlan, reports: Mapping[str, tuple[HookReport, ...]]) -> dict[str, tuple[str, ...]]:
    """Find files of the project that a step imported and that no step declares or writes."""
    declared = {*plan.code, *plan.params_files}
    found = {
        name: sorted(path for path in set(merge(report).project) - declared if not plan.writer(path))
        for name, report in reports.items()
    }
    return {name: tuple(paths) for name, paths in found.items() if paths}


def with_missing(step: Step, reports: tuple[HookReport, ...]) -> tuple[HookReport, ...]:
    """Add what is not known where Python ran without the hook."""
    python = bool(step.notebook) or (bool(step.run) and step.run[0].rsplit("/", 1)[-1] in PYTHONS)
    if python and (not reports or switched_off(step.run)):
        return (*reports, HookReport(process="", unvouched="Python ran without the hook"))
    return reports


def unvouched(reports: Mapping[str, tuple[HookReport, ...]]) -> dict[str, str]:
    """Return step → why what its processes did is not known, of those where it is not."""
    found = {name: merge(given).unvouched for name, given in reports.items()}
    return {name: why for name, why in found.items() if why}


def capped(reports: Mapping[str, tuple[HookReport, ...]]) -> dict[str, int]:
    """Return library → the most threads that a program asked it for in vain; negative for all cores."""
    found: dict[str, int] = {}
    for fact, requested in (
        item for given in reports.values() for one in given for item in one.facts.items()
    ):
        library = fact.removeprefix("capped.")
        if library != fact and isinstance(requested, int):
            found[library] = requested if requested < 0 else max(requested, found.get(library, requested))
    return dict(sorted(found.items()))


def unknown(reports: Mapping[str, tuple[HookReport, ...]]) -> dict[str, str]:
    """Return the material that says of which steps too little is known; none where enough is."""
    names = sorted(unvouched(reports))
    return {UNVOUCHED: ", ".join(names)} if names else {}
