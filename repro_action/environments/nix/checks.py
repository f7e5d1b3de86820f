# SPDX-License-Identifier: Apache-2.0
"""What `repro doctor` looks at where the environment comes from Nix."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from repro_action.config.model import Config
from repro_action.environments.checks import Check, Health
from repro_action.environments.nix.command import Nix
from repro_action.environments.nix.flake import find_flake, sources, untracked
from repro_action.errors import ReproError

_SHOWN = 5
_OLDEST = (2, 8)
_SOCKET = Path("/nix/var/nix/daemon-socket/socket")
_RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_MAXIMUM = Path("/proc/sys/user/max_user_namespaces")


def nix_checks(config: Config, nix: Nix, *, builds_steps: bool) -> Iterator[Check]:
    """Yield what stands between this project and a dev shell of Nix.

    Args:
        config: whose environment comes from Nix.
        nix: the way to Nix.
        builds_steps: whether each step is a derivation.
    """
    try:
        output = nix.run(["--version"], folder=config.root).out.strip()
    except ReproError as error:
        yield Check(name="nix", health=Health.BAD, found=error.what, remedy=error.remedy)
        return
    yield _version(output)
    yield from _store(Path("/nix/store"), _SOCKET)
    yield from _settings(config, nix, strict=builds_steps)
    yield from namespaces(builds_steps=builds_steps, restricted=_read(_RESTRICTED), maximum=_read(_MAXIMUM))
    yield from _flake(config)


def _version(output: str) -> Check:
    found = re.search(r"(\d+)\.(\d+)", output)
    if found is None:
        return Check(name="nix", health=Health.WARN, found=f"its version is unknown: {output[:80]}")
    if (int(found[1]), int(found[2])) < _OLDEST:
        remedy = f"Install {_OLDEST[0]}.{_OLDEST[1]} or later."
        return Check(name="nix", health=Health.BAD, found=f"{output} is too old", remedy=remedy)
    return Check(name="nix", health=Health.OK, found=output)


def _store(store: Path, socket: Path) -> Iterator[Check]:
    place = store if store.exists() else store.parent
    if os.access(place, os.W_OK) or socket.exists():
        return
    yield Check(
        name="nix",
        health=Health.BAD,
        found=f"{place} cannot be written, and there is no daemon",
        remedy="Install Nix with its daemon, start it (`systemctl start nix-daemon`), or own /nix.",
    )


def _settings(config: Config, nix: Nix, *, strict: bool) -> Iterator[Check]:
    chosen = settings(config, nix)
    if "flakes" not in chosen.get("experimental-features", "flakes"):
        yield Check(
            name="nix",
            health=Health.OK,
            found="flakes are off in nix.conf; repro turns them on for its own commands",
        )
    if chosen.get("sandbox", "true") == "false":
        note = "; repro asks for it in each build, which a daemon grants only to trusted users"
        yield Check(
            name="nix",
            health=Health.WARN,
            found=f"its sandbox is off{note if strict else ': the dev shell is built without a sandbox'}",
            remedy="Set `sandbox = true` in nix.conf.",
        )
    elif chosen.get("sandbox-fallback", "false") == "true" and not strict:
        yield Check(
            name="nix",
            health=Health.WARN,
            found="without namespaces it would build without a sandbox, and only warn",
            remedy="Set `sandbox-fallback = false` in nix.conf.",
        )


def settings(config: Config, nix: Nix) -> Mapping[str, str]:
    """Return Nix's settings by name; empty where it does not say."""
    for command in (("config", "show"), ("show-config",)):  # since 2.20, and before
        done = nix.run([*command, "--json"], folder=config.root)
        if done.status == 0:
            return dict(_values(done.out))
    return {}


def _values(text: str) -> Iterator[tuple[str, str]]:
    try:
        table: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name, about in table.items() if isinstance(table, dict) else ():
        match about:
            case {"value": bool(value)}:
                yield name, "true" if value else "false"
            case {"value": list(value)}:
                yield name, " ".join(map(str, value))
            case {"value": value}:
                yield name, str(value)


def namespaces(*, builds_steps: bool, restricted: str, maximum: str) -> Iterator[Check]:
    """Yield whether the kernel keeps Nix from making its sandbox.

    Args:
        builds_steps: whether each step is a derivation; only those need the sandbox.
        restricted: AppArmor's switch, `1` where it restricts user namespaces.
        maximum: number of user namespaces that the kernel allows.
    """
    if not builds_steps or os.geteuid() == 0 or _SOCKET.exists():
        return
    if restricted == "1" or maximum == "0":
        yield Check(
            name="nix",
            health=Health.BAD,
            found="this system restricts user namespaces, and Nix's sandbox needs them",
            remedy="Install Nix with its daemon, which is root, or "
            "`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.",
        )


def _flake(config: Config) -> Iterator[Check]:
    try:
        flake = find_flake(config)
        seen = sources(flake)
        missing = untracked(flake) if seen.git else ()
    except ReproError as error:
        yield Check(name="flake", health=Health.BAD, found=error.what, remedy=error.remedy)
        return
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        yield Check(
            name="flake",
            health=Health.WARN,
            found=f"git does not track {', '.join(missing[:_SHOWN])}{more}, so the flake does not see it",
            remedy=f"git add {' '.join(missing[:_SHOWN])}",
        )
    if not seen.git:
        yield Check(
            name="flake",
            health=Health.WARN,
            found="it is not in a git repository, so Nix copies all of its folder to the store",
            remedy="git init, and git add flake.nix flake.lock",
        )
    elif seen.dirty:
        yield Check(
            name="flake",
            health=Health.WARN,
            found="the tree has uncommitted changes, and the flake sees them",
            remedy="Commit before a baseline is accepted.",
        )
    elif not missing:
        yield Check(name="flake", health=Health.OK, found=f"{flake.shell} of the commit's own flake.nix")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
