# SPDX-License-Identifier: Apache-2.0
"""From a profile to the variables of a step, and to what its processes must then report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from repro_action.determinism.knob import Knob, Needs, Pinned, Profile
from repro_action.determinism.knobs import KNOBS


class Installed(Protocol):
    """A distribution of an environment."""

    @property
    def name(self) -> str:
        """Normalized name."""

    @property
    def version(self) -> str:
        """Version as its metadata says."""


class Surroundings(Protocol):
    """What of an environment decides which knobs apply; `environments.Environment` is one."""

    @property
    def distributions(self) -> Sequence[Installed]:
        """Everything installed."""

    @property
    def circumstances(self) -> Mapping[str, str]:
        """At least `os` and `machine`."""


def variables(profile: Profile, *, seed: int, threads: int, environment: Surroundings) -> Mapping[str, str]:
    """Return the variables to lay over the environment of a step.

    Args:
        profile: `portable` pins kernels too, `native` does not, `off` sets nothing.
        seed: 0 to 2**32 - 1.
        threads: for every library, at least 1.
        environment: whose packages and CPU decide which knobs apply.

    Returns:
        Variables by name, sorted; free of paths, so they may be recorded as materials.
    """
    pinned = Pinned(threads=threads, seed=seed % 2**32)
    return {
        knob.variable: pinned.fill(knob.value)
        for knob in sorted(applicable(profile, environment), key=lambda knob: knob.variable)
        if not knob.call
    }


def applicable(profile: Profile, environment: Surroundings) -> tuple[Knob, ...]:
    """Return the knobs that are set by a profile in an environment, at most one for each variable."""
    versions = {installed.name: installed.version for installed in environment.distributions}
    return tuple(
        knob for knob in _promised(profile, environment) if knob.needs is None or _met(knob.needs, versions)
    )


def _promised(profile: Profile, environment: Surroundings) -> tuple[Knob, ...]:
    system = environment.circumstances.get("os", "")
    machine = environment.circumstances.get("machine", "")
    return tuple(
        knob
        for knob in KNOBS
        if profile in knob.profiles
        and (not knob.systems or system in knob.systems)
        and (not knob.machines or machine in knob.machines)
    )


def _met(needs: Needs, versions: Mapping[str, str]) -> bool:
    version = next((versions[name] for name in (needs.name, *needs.also) if name in versions), "")
    if not version:
        return False
    release = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return needs.at_least <= release and (not needs.below or release < needs.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What the processes of a step must report for the profile to be in effect.

    Attributes:
        profile: the profile.
        pinned: what is filled into values and answers.
        knobs: what the profile promises, one knob a variable.
        unset: variables among them that could not be set, because the library's release is not
            known, or is one that has no such variable: what it does is checked all the same.
    """

    profile: Profile
    pinned: Pinned
    knobs: tuple[Knob, ...] = ()
    unset: frozenset[str] = frozenset()


def expectations(profile: Profile, *, seed: int, threads: int, environment: Surroundings) -> Expectations:
    """Return what a step's processes must report; the arguments are those of `variables`.

    Args:
        profile: of the configuration.
        seed: of the configuration.
        threads: number of threads that a library may use.
        environment: the platform, and the libraries that are installed.
    """
    promised = {knob.variable: knob for knob in _promised(profile, environment)}
    applied = {knob.variable: knob for knob in applicable(profile, environment)}
    return Expectations(
        profile=profile,
        pinned=Pinned(threads=threads, seed=seed % 2**32),
        knobs=tuple((promised | applied).values()),
        unset=frozenset(promised.keys() - applied.keys()),
    )
