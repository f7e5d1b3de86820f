# SPDX-License-Identifier: Apache-2.0
"""What `repro doctor` says of arithmetic: whether this machine can agree with the baseline at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repro_action.environments.checks import Check, Health
from repro_action.environments.circumstances import platform_class
from repro_action.errors import ReproError
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.numeric.read import has_numpy
from repro_action.numeric.difference import numeric_difference
from repro_action.numeric.kernels import shown
from repro_action.numeric.signature import NumericSignature, signature_in
from repro_action.runs.numeric import numeric_signature
from repro_action.runs.project import Project

if TYPE_CHECKING:
    from repro_action.sandbox.protocol import Sandbox


def arithmetic(project: Project, environment: Environment, sandbox: Sandbox) -> Iterator[Check]:
    """Read the numeric signature of the steps' interpreter, and compare it with the baseline's.

    Args:
        project: whose profile is in force, and whose baseline may record a signature.
        environment: of the steps.
        sandbox: in which programs of that environment may be started.
    """
    if not has_numpy(environment):
        yield _check(Health.OK, "not read: the environment has no NumPy")
        return
    here = numeric_signature(project.config, environment, sandbox)
    if here is None:
        remedy = "Try it by hand: python -c 'import numpy'"
        yield _check(Health.WARN, "not read: the probe of NumPy came to no end", remedy)
        return
    there = _recorded(project, environment)
    if there is None:
        yield _check(Health.OK, f"{shown(here)}; no baseline records one for this class of platform")
        return
    found = numeric_difference(there, here)
    if found is None:
        yield _check(Health.OK, f"{shown(here)}, as the baseline records: this machine can agree with it")
        return
    remedy = (
        'Train on a machine like that one, or set profile = "portable" under [determinism] and accept anew.'
    )
    text = f"{shown(here)}, but the baseline records {shown(there)}: what depends on it will differ"
    yield Check(name="arithmetic", health=Health.WARN, found=text, details=(found.sentence,), remedy=remedy)


def _check(health: Health, text: str, remedy: str = "") -> Check:
    return Check(name="arithmetic", health=health, found=text, remedy=remedy)


def _recorded(project: Project, environment: Environment) -> NumericSignature | None:
    try:
        platform = platform_class(project.config.determinism.profile, environment.circumstances)
        baseline = project.baseline()
    except ReproError:
        return None  # said by other checks
    accepted = baseline.platforms.get(platform) if baseline is not None else None
    return signature_in(accepted.circumstances) if accepted is not None else None
