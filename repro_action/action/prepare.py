# SPDX-License-Identifier: Apache-2.0
"""The first stage: what is to be done, whether Nix is needed for it, and the base commit at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from shutil import which

from repro_action import __version__
from repro_action.action import checkout
from repro_action.action.choices import InstallNix
from repro_action.action.inputs import ActionCommand
from repro_action.action.job import ActionJob
from repro_action.action.page_name import page_name
from repro_action.action.verified import artifact_name
from repro_action.compare.config_change import ModelChange
from repro_action.config.discover import discover
from repro_action.config.load import load
from repro_action.environments import backend_named
from repro_action.errors import ConfigError, ReproError
from repro_action.report.bundle import AffectedModel, Bundle, PlanSummary
from repro_action.report.model import Notice

PLAN = "--plan"
"""Ends the name of a plan's artifact: names of jobs do not begin with a hyphen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What the first stage found.

    Attributes:
        run, publish: whether those stages have anything to do.
        matrix: for `strategy.matrix`, as JSON; empty where no plan was asked for.
        planned: how many configurations it has.
        install_nix: whether Nix has to be installed before.
        environments: outputs about what GitHub's cache may hold for this job.
        warning: what could not be done.
        plan: what the last job must know of the plan; None where none was made.
    """

    run: bool
    publish: bool
    matrix: str = ""
    planned: int = 0
    install_nix: bool = False
    environments: Mapping[str, str] = field(default_factory=dict)
    warning: Notice | None = None
    plan: Bundle | None = None

    def outputs(self, job: ActionJob) -> Mapping[str, str]:
        """Return the outputs of the step."""
        artifact = job.inputs.artifact if self.run or self.plan is not None else ""
        if artifact and self.plan is not None:
            artifact += PLAN
        return {
            "run": _word(self.run),
            "publish": _word(self.publish),
            "install-nix": _word(self.install_nix),
            "artifact": artifact,
            "page": page_name(job.inputs.artifact) if self.run else "",
            "verified": artifact_name(job) if self.run else "",
            **self.environments,
            **({"matrix": self.matrix, "any": _word(self.planned > 0)} if self.matrix else {}),
        }


def prepare(job: ActionJob) -> Preparation:
    """Prepare a job.

    Raises:
        ConfigError: training is asked for where a stranger's code would have a token that writes, or weaker
            rules should fail a job that cannot know them.
    """
    job.refuse_privileged()
    prepared = _prepared(job)
    if prepared.warning is not None and job.inputs.fail_on_weakened:
        raise ConfigError(
            prepared.warning.what,
            why="`fail-on` has `weakened`: without it, weaker rules would pass.",
            remedy=prepared.warning.remedy,
            where="with: fail-on",
        )
    return prepared


def _prepared(job: ActionJob) -> Preparation:
    match job.inputs.command:
        case ActionCommand.VERIFY:
            from repro_action.action.environment import environment_cache

            return Preparation(
                run=True,
                publish=True,
                install_nix=_needs_nix(job),
                environments=environment_cache(job, configs_of(job), os.environ).outputs(),
                warning=fetch_base(job),
            )
        case ActionCommand.PLAN:
            return _planned(job)
        case _:
            return Preparation(run=False, publish=True)


def _planned(job: ActionJob) -> Preparation:
    """List what the change affects; without a base commit to compare with, everything."""
    from repro_action.flows.plan import matrix, plan

    warning = fetch_base(job)
    base = checkout.base_of(job.history, job.event, job.inputs.against)
    present = checkout.at_hand(job.history, base) if base is not None else None
    patterns = job.patterns or (job.everywhere,)
    configs = discover(job.root, patterns)
    revision = present.revision if present is not None else None
    found = plan(job.root, configs, revision, everything=present is None)
    named = [replace(one, config=job.inside(one.config)) for one in found]
    jobs = [{"config": one.config, "name": one.name} for one in matrix(named)]
    models, unknown = models_since(job, present, configs, patterns=patterns)
    affected = tuple(AffectedModel(config=one.config, name=one.name) for one in found if one.affected)
    return Preparation(
        run=False,
        publish=False,
        matrix=json.dumps({"include": jobs}),
        planned=len(affected),
        warning=warning or unknown,
        plan=Bundle(
            tool=__version__,
            entries=(),
            models=models,
            plan=PlanSummary(affected=affected, others=len(found) - len(affected)),
        ),
    )


def models_since(
    job: ActionJob,
    base: checkout.BaseCommit | None,
    configs: Sequence[str],
    *,
    patterns: Sequence[str] | None = None,
) -> tuple[tuple[ModelChange, ...], Notice | None]:
    """Return the models that the change removes, moves or adds, and why that is not known where it is not.

    Args:
        job: what was asked for.
        base: a commit that git has; without one nothing is known to have changed.
        configs: that are there now.
        patterns: that stand for them; those of the job where none are given.
    """
    if base is None:
        return (), None
    from repro_action.flows.base_models import model_changes

    try:
        wanted = job.patterns if patterns is None else patterns
        return model_changes(job.root, base.revision, wanted, configs, folder=job.folder), None
    except ReproError as error:
        return (), replace(error.notice, what=f"models that the change removes are not shown: {error.what}")


def fetch_base(job: ActionJob) -> Notice | None:
    """Have git fetch the commit that the change starts from; returns what to say where it cannot."""
    base = checkout.base_of(job.history, job.event, job.inputs.against)
    if base is None or checkout.at_hand(job.history, base) is not None:
        return None
    if checkout.fetch(job.root, base, token=job.inputs.token, server=job.server):
        return None
    return absent(base)


def absent(base: checkout.BaseCommit) -> Notice:
    """Return what to say of a base commit that is not there."""
    return Notice(
        what=f"the commit that this change starts from, {base.label} at {base.revision[:12]}, is not "
        "in this checkout",
        why="What the change does to the baseline and to the rules is not shown.",
        remedy="Check out with `fetch-depth: 0`.",
    )


def _needs_nix(job: ActionJob) -> bool:
    if job.inputs.install_nix is not InstallNix.AUTO:
        return job.inputs.install_nix is InstallNix.TRUE
    if which("nix"):
        return False
    if job.inputs.environment is not None:
        return "nix" in _programs(job.inputs.environment)
    return any("nix" in _programs(_backend(job, config)) for config in configs_of(job))


def configs_of(job: ActionJob) -> tuple[str, ...]:
    """Return the configurations; what is wrong with them is reported by the stage that runs them."""
    try:
        return job.configs()
    except ReproError:
        return ()


def _backend(job: ActionJob, config: str) -> str:
    try:
        return load(job.root / config).environment.backend
    except ReproError:
        return ""


def _programs(backend: str) -> tuple[str, ...]:
    try:
        return backend_named(backend, os.environ).programs
    except ReproError:
        return ()


def _word(flag: bool) -> str:
    return "true" if flag else "false"
