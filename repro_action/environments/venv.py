# SPDX-License-Identifier: Apache-2.0
"""The `venv` backend: a virtual environment that holds what a hash-locked file says, and nothing else.

It is built once for each combination of lock, interpreter and platform, in the user's cache: by uv
where it is there, by pip where not, to the same digest. `.complete` is written last and holds that
digest: what lacks it, or no longer agrees with it, is removed and built again.
"""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from repro_action.config.model import Config
from repro_action.environments.backend import EnvironmentBackend, SourceFiles
from repro_action.environments.current import as_environment, inspect_project
from repro_action.environments.lock import read_lock
from repro_action.environments.venv_plan import VenvPlan
from repro_action.interpreter.cache import cache_folder
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import Inspection
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv(EnvironmentBackend):
    """Builds a virtual environment from `environment.lock`.

    Attributes:
        environ: the caller's variables; pip's settings of indexes are respected, by uv as well.
    """

    uses_callers_python: ClassVar[bool] = True

    environ: Mapping[str, str]
    name: str = "venv"

    def peek(self, config: Config) -> Environment | None:
        """Return the environment if it is built; never builds."""
        plan = self._plan(config)
        seen = plan.inspect()
        return None if seen is None else self._environment(config, plan, seen)

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment; build it if it is not there whole.

        Raises:
            EnvironmentUnavailable: no lock, a lock without hashes, no interpreter, or a
                build that failed.
        """
        plan = self._plan(config)
        seen = plan.inspect()
        if seen is None:
            from repro_action.environments.venv_build import build  # only a build needs what it loads

            seen = build(plan, progress)
        return self._environment(config, plan, seen)

    def kept(self, config: Config) -> Path | None:
        """Return its folder."""
        return self._plan(config).folder

    def sources(self, config: Config) -> SourceFiles:
        """Return the lock file."""
        lock = config.environment.lock
        return SourceFiles(named=(lock,) if lock else ())

    def _plan(self, config: Config) -> VenvPlan:
        lock = read_lock(config)
        cache = cache_folder(self.environ)
        seen = inspect_project(config, self.environ)
        base = seen.interpreter
        parts = (lock.digest.value, base.version, base.implementation, sysconfig.get_platform())
        built = ("built",) if config.environment.allow_source_builds else ()
        key = hashlib.sha256("\n".join((*parts, *built)).encode()).hexdigest()[:32]
        folder = cache / "venvs" / key
        return VenvPlan(
            lock=lock,
            base=seen,
            cache=cache,
            folder=folder,
            environ=self.environ,
            source_builds=config.environment.allow_source_builds,
        )

    def _environment(self, config: Config, plan: VenvPlan, seen: Inspection) -> Environment:
        return as_environment(self.name, config, seen, self.environ, {"lock": str(plan.lock.digest)})
