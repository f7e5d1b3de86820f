# SPDX-License-Identifier: Apache-2.0
"""Where steps run: one backend a file, chosen from one table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import assert_never

from repro_action.config.model import Config
from repro_action.environments.protocol import EnvironmentBackend
from repro_action.errors import EnvironmentUnavailable


def backend_for(config: Config, environ: Mapping[str, str] | None = None) -> EnvironmentBackend:
    """Return the backend that the configuration names.

    Args:
        config: whose `environment.backend` decides.
        environ: the caller's variables; None for those of this process.

    Raises:
        EnvironmentUnavailable: that backend is not built yet.
    """
    variables = os.environ if environ is None else environ
    match config.environment.backend:
        case "current":
            from repro_action.environments.current import Current

            return Current(environ=variables)
        case "venv":
            from repro_action.environments.venv import Venv

            return Venv(environ=variables)
        case "nix" | "nix-build" as name:
            from repro_action.environments.nix.backend import NixShell

            return NixShell(environ=variables, name=name)
        case "container" as name:
            raise EnvironmentUnavailable(
                f"the environment backend {name!r} is not built yet",
                remedy='Set backend = "venv" with a hash-locked requirements file, or "current".',
                where=f"{config.path.name}: environment.backend",
            )
        case unknown:
            assert_never(unknown)
