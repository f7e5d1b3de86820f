# SPDX-License-Identifier: Apache-2.0
"""Files that a step was seen to read and that nothing declares."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from repro_action.config.model import Config
from repro_action.observation import Observation, ObservationKind
from repro_action.paths.patterns import covers
from repro_action.runs.plan import RunPlan

_SYSTEM = ("/usr/", "/opt/", "/lib/", "/lib64/", "/nix/", "/var/lib/", "/System/", "/Library/")
"""Where the environment and the machine keep their own files."""

NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


def undeclared(
    config: Config,
    plan: RunPlan,
    observations: Mapping[str, tuple[Observation, ...]],
    own: Mapping[str, Collection[str]] = NOTHING,
) -> dict[str, tuple[Observation, ...]]:
    """Return, by step, the reads of files that no step declares.

    Inputs, params, outputs and pinned data of all steps count as declared, and so does what is
    recorded as code. Caches and temporary files, which names that begin with a dot or a
    folder of the system tell, are left out; so is what is not there any more.

    Args:
        config: the project.
        plan: its steps.
        observations: by step.
        own: step → what it wrote itself and does not declare; reading that takes in nothing new.
    """
    named = {
        config.path.name,
        *plan.code,
        *(pin.path for pin in config.data),
        *(name for step in config.steps for name in (*step.inputs, *step.params, *step.outputs)),
    }
    found = {
        step: tuple(item for item in reads if _counts(item, config.root, {*named, *own.get(step, ())}))
        for step, reads in observations.items()
    }
    return {step: reads for step, reads in found.items() if reads}


def _counts(item: Observation, root: Path, named: set[str]) -> bool:
    path = item.detail
    if item.kind is not ObservationKind.READ or item.missing or not path or path.endswith(".py"):
        return False
    if any(part.startswith(".") or part == "__pycache__" for part in PurePosixPath(path).parts):
        return False
    if path.startswith("/"):
        if path.startswith((*_SYSTEM, f"{tempfile.gettempdir()}/", "/tmp/")):  # noqa: S108 -- read, not written
            return False
    elif any(covers(name, path.removesuffix("/")) for name in named):
        return False
    try:
        return (root / path).exists()
    except OSError:
        return False
