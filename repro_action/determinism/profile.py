# SPDX-License-Identifier: Apache-2.0
"""From a profile to the variables of a step, and to what its processes must then report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from repro_action.determinism.knobs import KNOBS, Knob, Needs, Profile


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
    return {
        knob.variable: knob.value.format(threads=threads, seed=seed % 2**32)
        for knob in sorted(applicable(profile, environment), key=lambda knob: knob.variable)
    }


def applicable(profile: Profile, environment: Surroundings) -> tuple[Knob, ...]:
    """Return the knobs of a profile in an environment, at most one for each variable."""
    system = environment.circumstances.get("os", "")
    machine = environment.circumstances.get("machine", "")
    versions = {installed.name: installed.version for installed in environment.distributions}
    return tuple(
        knob
        for knob in KNOBS
        if profile in knob.profiles
        and (not knob.systems or system in knob.systems)
        and (not knob.machines or machine in knob.machines)
        and (knob.needs is None or _met(knob.needs, versions))
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
        threads: of every library; 0 where it does not matter.
        hash_seed: value of PYTHONHASHSEED; empty where it does not matter.
        blas: architectures that OpenBLAS may name, in lower case; empty for any.
        numpy: features, one of which NumPy must dispatch or be built for; empty for any.
        torch: capabilities that PyTorch may name; empty for any.
        avx512: whether code for AVX-512 may run.
    """

    profile: Profile
    threads: int = 0
    hash_seed: str = ""
    blas: frozenset[str] = frozenset()
    numpy: frozenset[str] = frozenset()
    torch: frozenset[str] = frozenset()
    avx512: bool = True


def expectations(profile: Profile, *, seed: int, threads: int, environment: Surroundings) -> Expectations:
    """Return what a step's processes must report; the arguments are those of `variables`."""
    if profile == "off":
        return Expectations(profile=profile)
    pinned = {knob.variable for knob in applicable(profile, environment)}
    hash_seed = str(seed % 2**32)
    if profile == "native" or "OPENBLAS_CORETYPE" not in pinned:
        return Expectations(profile=profile, threads=threads, hash_seed=hash_seed)
    if environment.circumstances.get("machine") == "aarch64":
        blas = frozenset({"armv8"})
        return Expectations(profile=profile, threads=threads, hash_seed=hash_seed, blas=blas)
    return Expectations(
        profile=profile,
        threads=threads,
        hash_seed=hash_seed,
        blas=frozenset({"haswell", "zen"}),
        numpy=frozenset({"X86_V3", "AVX2"}),
        torch=frozenset({"AVX2"}),
        avx512=False,
    )
