# SPDX-License-Identifier: Apache-2.0
"""The `current` backend: an interpreter that is there already, taken as it is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from repro_action.config.model import Config
from repro_action.environments.backend import EnvironmentBackend
from repro_action.environments.circumstances import circumstances
from repro_action.environments.variables import inherited
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.cache import cache_folder
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import Inspection, inspect
from repro_action.interpreter.trusted import untrusted_folders
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Current(EnvironmentBackend):
    """Builds nothing; the configured, the active or our own interpreter.

    Attributes:
        environ: the caller's variables.
    """

    installs_packages: ClassVar[bool] = False
    uses_callers_python: ClassVar[bool] = True

    environ: Mapping[str, str]
    name: str = "current"

    def peek(self, config: Config) -> Environment:
        """Return the environment: it is always there."""
        seen = inspect_project(config, self.environ)
        return replace(as_environment(self.name, config, seen, self.environ, {}), shared=True)

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment.

        Raises:
            EnvironmentUnavailable: there is no such interpreter, or it does not work.
        """
        progress.stage("inspecting the environment")
        return self.peek(config)


def inspect_project(config: Config, environ: Mapping[str, str]) -> Inspection:
    """Inspect the interpreter of `find_python`.

    Raises:
        ConfigError: it is a file of the project.
        EnvironmentUnavailable: there is no such interpreter, or it does not work.
    """
    return inspect(
        find_python(config, environ),
        cache_folder(environ),
        untrusted=untrusted_folders(config.root),
        where=f"{config.path.name}: environment.python",
    )


def find_python(config: Config, environ: Mapping[str, str]) -> Path:
    """Return the interpreter: `environment.python`, else the active venv's, else our own.

    Raises:
        EnvironmentUnavailable: the one that is named does not exist.
    """
    python = config.environment.python
    if "/" in python:
        return config.root / python
    if python:
        found = shutil.which(python, path=environ.get("PATH"))
        if found is None:
            raise EnvironmentUnavailable(
                f"there is no {python} on PATH",
                remedy="Install it, or give a path as python under [environment].",
                where=f"{config.path.name}: environment.python",
            )
        return Path(found).absolute()
    active = environ.get("VIRTUAL_ENV", "")
    return Path(active).absolute() / "bin" / "python" if active else Path(sys.executable)


def as_environment(
    backend: str,
    config: Config,
    seen: Inspection,
    environ: Mapping[str, str],
    identity: Mapping[str, str],
) -> Environment:
    """Return the environment that an inspected interpreter makes.

    Args:
        backend: its name.
        config: whose `inherit` names the caller's variables that steps see.
        seen: the interpreter.
        environ: the caller's variables.
        identity: what else the environment's digest is about.
    """
    about = seen.interpreter
    return Environment(
        backend=backend,
        digest=seen.digest,
        python=about.python,
        python_version=about.version,
        implementation=about.implementation,
        variables=inherited(environ, config.environment.inherit, python=about.python, venv=about.venv),
        distributions=seen.distributions,
        circumstances=circumstances(),
        identity=identity,
    )
