# SPDX-License-Identifier: Apache-2.0
"""Where steps run: one backend a file, chosen from `repro_action.config.backends.BACKENDS`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from repro_action.config.backends import AVAILABLE, BACKENDS
from repro_action.config.model import Config
from repro_action.errors import EnvironmentUnavailable, ExtensionError

if TYPE_CHECKING:
    from repro_action.environments.backend import EnvironmentBackend


def backend_for(config: Config, environ: Mapping[str, str] | None = None) -> EnvironmentBackend:
    """Return the backend that the configuration names.

    Args:
        config: whose `environment.backend` decides.
        environ: the caller's variables; None for those of this process.

    Raises:
        EnvironmentUnavailable: that backend is not built yet, or not installed.
    """
    return backend_named(
        config.environment.backend,
        os.environ if environ is None else environ,
        where=f"{config.path.name}: environment.backend",
    )


def backend_named(name: str, environ: Mapping[str, str], *, where: str = "") -> EnvironmentBackend:
    """Return the backend of a name.

    Args:
        name: of the table, or of an installed package's.
        environ: the caller's variables.
        where: the name stands, for errors.

    Raises:
        EnvironmentUnavailable: that backend is not built yet, or not installed.
        ExtensionError: what is installed is not a backend.
    """
    entry = next((entry for entry in BACKENDS if entry.name == name), None)
    if entry is None:
        return _installed(name, environ, where)
    if not entry.implementation:
        raise EnvironmentUnavailable(
            f"the environment backend {name!r} is not built yet",
            remedy='Set backend = "venv" with a hash-locked requirements file, or "current".',
            where=where,
        )
    module, _, attribute = entry.implementation.rpartition(".")
    made: EnvironmentBackend = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)(
        environ=environ
    )
    return made


def _installed(name: str, environ: Mapping[str, str], where: str) -> EnvironmentBackend:
    """Return the backend of another package."""
    from repro_action.environments.backend import EnvironmentBackend
    from repro_action.extensions import load

    try:
        factory = load("repro_action.environments", name)
    except ExtensionError as error:
        remedy = f"{error.remedy} Or choose one of {', '.join(AVAILABLE)}."
        raise EnvironmentUnavailable(
            f"environment backend: {error.what}", why=error.why, remedy=remedy, where=where
        ) from error
    if not isinstance(factory, type) or EnvironmentBackend not in factory.__mro__:
        raise ExtensionError(
            f"{name} does not derive from EnvironmentBackend",
            remedy="Derive it from repro_action.environments.backend.EnvironmentBackend.",
            where="repro_action.environments",
        )
    made: EnvironmentBackend = factory(environ=environ)
    return made
