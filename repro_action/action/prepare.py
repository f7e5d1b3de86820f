# SPDX-License-Identifier: Apache-2.0
"""The first stage: what is to be done, whether Nix is needed for it, and the base commit at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from shutil import which

from repro_action.action import checkout
from repro_action.action.inputs import ActionCommand, InstallNix
from repro_action.action.job import ActionJob
from repro_action.config.discover import EVERYWHERE, discover
from repro_action.config.load import load
from repro_action.environments import backend_named
from repro_action.errors import ReproError
from repro_action.flows.plan import matrix, plan
from repro_action.report.model import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What the first stage found.

    Attributes:
        run, publish: whether those stages have anything to do.
        matrix: for `strategy.matrix`, as JSON; empty where no plan was asked for.
        planned: how many configurations it has.
        install_nix: whether Nix has to be installed before.
        warning: what could not be done.
    """

    run: bool
    publish: bool
    matrix: str = ""
    planned: int = 0
    install_nix: bool = False
    warning: Notice | None = None

    def outputs(self, job: ActionJob) -> Mapping[str, str]:
        """Return the outputs of the step."""
        return {
            "run": _word(self.run),
            "publish": _word(self.publish),
            "install-nix": _word(self.install_nix),
            "artifact": job.inputs.artifact if self.run else "",
            **({"matrix": self.matrix, "any": _word(self.planned > 0)} if self.matrix else {}),
        }


def prepare(job: ActionJob) -> Preparation:
    """Prepare a job.

    Raises:
        ConfigError: training is asked for where a stranger's code would have a token that writes.
    """
    job.refuse_privileged()
    match job.inputs.command:
        case ActionCommand.VERIFY:
            return Preparation(run=True, publish=True, install_nix=_needs_nix(job), warning=fetch_base(job))
        case ActionCommand.PLAN:
            return _planned(job)
        case _:
            return Preparation(run=False, publish=True)


def _planned(job: ActionJob) -> Preparation:
    """List what the change affects; without a base commit to compare with, everything."""
    warning = fetch_base(job)
    base = checkout.base_of(job.history, job.event, job.inputs.against)
    present = checkout.at_hand(job.history, base) if base is not None else None
    configs = discover(job.root, job.inputs.configs or (EVERYWHERE,))
    revision = present.revision if present is not None else None
    found = plan(job.root, configs, revision, everything=present is None)
    jobs = [{"config": one.config, "name": one.name} for one in matrix(found)]
    return Preparation(
        run=False,
        publish=False,
        matrix=json.dumps({"include": jobs}),
        planned=sum(one.affected for one in found),
        warning=warning,
    )


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
        why="What the change does to the baseline is not shown.",
        remedy="Check out with `fetch-depth: 0`.",
    )


def _needs_nix(job: ActionJob) -> bool:
    if job.inputs.install_nix is not InstallNix.AUTO:
        return job.inputs.install_nix is InstallNix.TRUE
    if which("nix"):
        return False
    if job.inputs.environment is not None:
        return "nix" in _programs(job.inputs.environment)
    return any("nix" in _programs(_backend(job, config)) for config in _configs(job))


def _configs(job: ActionJob) -> tuple[str, ...]:
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
