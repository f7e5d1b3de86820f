# SPDX-License-Identifier: Apache-2.0
"""Chooses how steps are enclosed on this machine, by what a canary proves."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.errors import EnvironmentUnavailable, StepError
from repro_action.interpreter.environment import Environment
from repro_action.sandbox.canary import CanaryResult, send
from repro_action.sandbox.layout import EnclosureLayout, Mount, ordered, read
from repro_action.sandbox.mechanisms import Bubblewrap, Mechanism, Namespaces
from repro_action.sandbox.mounts import environment_mounts, machine_mounts, private, system_mounts
from repro_action.sandbox.protocol import Enforced, Sandbox
from repro_action.sandbox.staging import Staging
from repro_action.sandbox.tidy import discard_beside

if TYPE_CHECKING:
    from repro_action.sandbox.enclosure import Enclosure

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
MECHANISMS: tuple[Mechanism, ...] = (
    Namespaces(),
    Bubblewrap(),
    Namespaces(processes=False),
    Bubblewrap(processes=False),
)
"""In the order in which they are tried."""
_SWITCH = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"


def select(
    config: Config, environment: Environment, *, mechanisms: tuple[Mechanism, ...] | None = None
) -> Sandbox:
    """Return the sandbox of the first mechanism that enforces what the configuration asks for.

    Namespaces come before bubblewrap: entered in the step's own process, they leave its
    exit status, its signals and its stragglers as they are. Where processes cannot have numbers
    of their own, as in many containers, those that keep the machine's are taken, and reported.

    Args:
        config: `[sandbox]`, and which files are declared.
        environment: prepared.
        mechanisms: to be tried in order; None for all.

    Raises:
        EnvironmentUnavailable: `required = true`, and no mechanism enforces it.
    """
    wanted = config.sandbox
    if wanted.network and wanted.files == "any":
        from repro_action.sandbox.enclosure import Open

        return Open(enforced=Enforced(reason="as configured"))
    shared = _shared_mounts(config, environment)
    reasons: list[str] = []
    partial: Enclosure | None = None
    for one in mechanisms if mechanisms is not None else MECHANISMS:
        missing = one.missing()
        if missing:
            reasons.append(missing)
            continue
        found = _prove(config, environment, one, shared)
        if found.failure:
            reasons.append(f"{one.name}: {_with_apparmor_hint(found.failure)}")
            continue
        from repro_action.sandbox.enclosure import Enclosure  # may be loaded while the canary runs

        proven = _enforced(config, one, found)
        chosen = Enclosure(config=config, mechanism=one, shared_mounts=shared, proven=proven)
        if not proven.reason:
            return chosen
        reasons.append(f"{one.name}: {proven.reason}")
        partial = partial or chosen
    reason = "; ".join(dict.fromkeys(reasons))
    if wanted.required:
        raise _unavailable(config, reason)
    from repro_action.sandbox.enclosure import Open

    return partial or Open(enforced=Enforced(reason=reason))


@contextmanager
def entered(sandbox: Sandbox, environment: Environment) -> Iterator[tuple[str, ...]]:
    """Yield the command that runs a program enclosed as the steps are; empty where they are not.

    Args:
        sandbox: of `select`.
        environment: likewise.

    Raises:
        StepError: the enclosure cannot be laid out.
    """
    from repro_action.sandbox.enclosure import Enclosure

    if not isinstance(sandbox, Enclosure):
        yield ()
        return
    with _scratch(sandbox.config) as scratch:
        yield sandbox.mechanism.command(_layout(sandbox.config, environment, sandbox.shared_mounts, scratch))


def _shared_mounts(config: Config, environment: Environment) -> tuple[Mount, ...]:
    if config.sandbox.files == "any":
        return ()
    of_environment = environment_mounts(environment, config.root)
    return (*system_mounts(network=config.sandbox.network), *of_environment)


def _unavailable(config: Config, reason: str) -> EnvironmentUnavailable:
    restricted = f"`{_SWITCH}` lifts Ubuntu's restriction. " if _restricted() else ""
    return EnvironmentUnavailable(
        "this machine cannot enforce the sandbox that the configuration requires",
        why=reason,
        remedy=f"{restricted}Otherwise run on Linux where user namespaces are allowed, "
        "or remove `required` under [sandbox].",
        where=f"{config.path.name}: sandbox.required",
    )


def _with_apparmor_hint(failure: str) -> str:
    if _restricted():
        return f"{failure}; AppArmor restricts user namespaces here (`{_SWITCH}` lifts it)"
    return failure


def _restricted() -> bool:
    try:
        return os.geteuid() != 0 and _APPARMOR.read_text(encoding="ascii").strip() == "1"
    except OSError:
        return False


def _enforced(config: Config, mechanism: Mechanism, found: CanaryResult) -> Enforced:
    wanted = config.sandbox
    files = wanted.files == "declared" and not found.read and not found.wrote
    network = not wanted.network and not found.connected
    leaks = [
        *(["a hidden file could be read"] if wanted.files == "declared" and found.read else []),
        *(["an input could be written"] if wanted.files == "declared" and found.wrote else []),
        *(["the network was reachable"] if not wanted.network and found.connected else []),
        *found.leaks,
    ]
    return Enforced(
        how=mechanism.name,
        network=network,
        files=files,
        numbered=found.numbered,
        reason=", ".join(leaks),
    )


def _prove(
    config: Config, environment: Environment, mechanism: Mechanism, shared: tuple[Mount, ...]
) -> CanaryResult:
    """Run the canary in an enclosure like that of the steps."""
    try:
        with _scratch(config) as scratch:
            layout = _layout(config, environment, shared, scratch)
            return send(
                mechanism.command(layout),
                python=environment.python,
                variables=environment.variables,
                hidden=() if config.sandbox.files == "any" else (scratch.hidden, scratch.elsewhere),
                guarded=None if config.sandbox.files == "any" else scratch.guarded,
            )
    except (OSError, StepError) as error:
        reason = error.what if isinstance(error, StepError) else f"{error.strerror}: {error.filename}"
        return CanaryResult(failure=f"its canary cannot be prepared: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scratch:
    """Files for the canary.

    Attributes:
        folder: for its stage.
        hidden: a file in the project that is not declared.
        elsewhere: a file among the temporary ones.
        guarded: a file in the project that stands for a declared one.
    """

    folder: Path
    hidden: Path
    elsewhere: Path
    guarded: Path


@contextmanager
def _scratch(config: Config) -> Iterator[_Scratch]:
    config.state.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".canary-", suffix=".tmp", dir=os.path.realpath(config.state)))
    descriptor, elsewhere = tempfile.mkstemp(prefix="repro-canary-")
    os.close(descriptor)
    try:
        for name in ("hidden", "guarded"):
            (folder / name).touch()
        yield _Scratch(
            folder=folder,
            hidden=folder / "hidden",
            elsewhere=Path(elsewhere),
            guarded=folder / "guarded",
        )
    finally:
        Path(elsewhere).unlink(missing_ok=True)
        discard_beside(folder)


def _layout(
    config: Config, environment: Environment, shared: tuple[Mount, ...], scratch: _Scratch
) -> EnclosureLayout:
    real = Path(os.path.realpath(config.root))
    aside = scratch.folder / "kept"
    stage = Staging(real=real, base=scratch.folder / "stage", kept=aside, tracked=aside)
    network = config.sandbox.network
    if config.sandbox.files == "any":
        return EnclosureLayout(
            base=stage.root, folder=real, mounts=machine_mounts(), machine=True, network=network
        )
    homes, temporary = private(environment.variables)
    mounts = ordered(
        [Mount(kind="write", source=str(stage.project), target=str(real)), read(scratch.guarded)],
        stage.private(homes, temporary),
        shared,
    )
    stage.make_places(mounts)
    return EnclosureLayout(base=stage.root, folder=real, mounts=mounts, network=network)
