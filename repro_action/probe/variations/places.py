# SPDX-License-Identifier: Apache-2.0
"""Variations of where a run happens: its folder, home, variables, user and host."""

from __future__ import annotations

from dataclasses import dataclass, replace

from repro_action.interpreter.environment import Environment
from repro_action.probe.variations.check import enter, refusal
from repro_action.probe.variations.protocol import Plain, pick
from repro_action.steps.disturbance import Disturbance

WORKSPACE = "{workspace}"
"""Stands in a variable's value for the folder of the trial, in which `home` is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPath(Plain):
    """The project lies in another folder."""

    name: str = "build-path"
    what: str = "the project's folder: a longer path, with a space and a letter beyond ASCII"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have another name for the folder."""
        del environment
        names = ("another folder für the project", "ß", "a-much-longer-name-than-before " + "x" * 60)
        return Disturbance(folder=pick(names, round_number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(Plain):
    """The home folder is empty."""

    name: str = "home"
    what: str = "HOME: an empty folder"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have a home that is empty, and no folders that XDG variables name elsewhere."""
        del round_number
        elsewhere = {name: "" for name in environment.variables if name.startswith("XDG_")}
        return Disturbance(under={**elsewhere, "HOME": f"{WORKSPACE}/home"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Plain):
    """There are many more variables."""

    name: str = "environment"
    what: str = "additional environment variables, which also move the stack"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Add variables that nobody knows; the block has another size in each turn."""
        del environment
        return Disturbance(
            under={
                f"NOISE_{index:03}": "x" * (64 + 31 * round_number)
                for index in range(50 + 101 * round_number)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserHost(Plain):
    """User and machine have other names."""

    name: str = "user-host"
    what: str = "names of user and host"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have other names."""
        del environment
        user, host = pick(("another-user", "u"), round_number), pick(("another-host", "h"), round_number)
        names = dict.fromkeys(("USER", "LOGNAME", "USERNAME"), user)
        return Disturbance(under={**names, "HOSTNAME": host}, host=host)


def outside_a_sandbox(disturbance: Disturbance) -> Disturbance:
    """Return a disturbance that names the machine by itself, where no sandbox does, if the kernel lets it."""
    prefix = enter("host", disturbance.host)
    if not disturbance.host or refusal(*prefix):
        return replace(disturbance, host="")
    return replace(disturbance, host="", prefix=(*prefix, *disturbance.prefix))


def host_refused() -> str:
    """Return why a process cannot have another name for the machine without a sandbox; empty where it can."""
    return refusal(*enter("host", "another-host"))
