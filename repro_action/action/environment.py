# SPDX-License-Identifier: Apache-2.0
"""Environments of the models on this runner: with which Python, and what GitHub's cache may keep of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which

from repro_action.action.choices import CacheUse
from repro_action.action.job import ActionJob
from repro_action.config.load import load
from repro_action.config.model import Config
from repro_action.environments import backend_for
from repro_action.errors import ReproError

_MACHINE = ("RUNNER_OS", "RUNNER_ARCH", "ImageOS")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentCache:
    """What GitHub's cache is asked for, and given afterwards.

    Attributes:
        folders: of environments that this job needs and the runner has not; none asks for nothing.
        key: of their entry.
        saves: whether this job writes the entry where there is none.
    """

    folders: Sequence[Path] = ()
    key: str = ""
    saves: bool = False

    def outputs(self) -> Mapping[str, str]:
        """Return the outputs of the step that decides it."""
        return {
            "environments": "\n".join(map(str, self.folders)),
            "environments-key": self.key,
            "environments-save": "true" if self.saves else "false",
        }


def environment_cache(job: ActionJob, configs: Sequence[str], environ: Mapping[str, str]) -> EnvironmentCache:
    """Return which environments the cache may hold; what cannot be told is built.

    A job that runs a pull request would find in the request's own part of the cache what an earlier commit
    put there, and unpacking an entry can write any file of the runner: only where that is asked for.
    """
    pull = job.event.pull
    wanted = job.inputs.cache is CacheUse.PULL_REQUESTS and pull is not None
    if job.inputs.cache is CacheUse.FALSE or not (job.event.trusted or wanted):
        return EnvironmentCache()
    folders = {folder for config in configs for folder in _absent(job, config, environ)}
    if not folders:
        return EnvironmentCache()
    python = os.path.realpath(which("python", path=environ.get("PATH")) or "")
    parts = (
        *sorted(folder.name for folder in folders),
        python,
        *(environ.get(name, "") for name in _MACHINE),
    )
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return EnvironmentCache(
        folders=sorted(folders),
        key=f"repro-environments-{key}",
        saves=pull is None or not pull.from_fork,
    )


def _absent(job: ActionJob, config: str, environ: Mapping[str, str]) -> tuple[Path, ...]:
    try:
        chosen = for_runner(load(job.root / config), job.inputs.environment)
        backend = backend_for(chosen, environ)
        folder = backend.kept(chosen)
        return (folder,) if folder is not None and backend.peek(chosen) is None else ()
    except ReproError:  # which the stage that needs it reports
        return ()


def for_runner(config: Config, backend: str | None) -> Config:
    """Return the configuration with the backend that was asked for, and the job's own Python.

    The action's interpreter is its own affair: what `actions/setup-python` put on PATH counts.
    """
    environment = config.environment
    if backend is not None:
        environment = replace(environment, backend=backend)
    chosen = replace(config, environment=environment)
    if environment.python or not backend_for(chosen).uses_callers_python:
        return chosen
    name = next((name for name in ("python", "python3") if which(name)), "")
    return replace(config, environment=replace(environment, python=name))
