# SPDX-License-Identifier: Apache-2.0
"""The environment of a pass: the real one, the profile laid over it by repro's own code, the hook."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scale import BENCH, ROOT
from bench.zoo.columns import Column, Profile
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.judge import judge
from repro_action.determinism.profile import expectations, variables
from repro_action.determinism.read import merge, read_reports
from repro_action.environments.circumstances import circumstances
from repro_action.environments.variables import inherited
from repro_action.interpreter.environment import Distribution
from repro_action.interpreter.inspect import Inspection, inspect

SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """This interpreter's environment, as far as a profile asks."""

    seen: Inspection
    circumstances: Mapping[str, str]

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """Everything installed."""
        return self.seen.distributions

    @classmethod
    def now(cls) -> Here:
        """Inspect the interpreter that runs this."""
        seen = inspect(Path(sys.executable), BENCH / "cache")
        return cls(seen=seen, circumstances=circumstances())

    def identity(self) -> dict[str, str]:
        """Return what decides the bits besides the knobs."""
        versions = {distribution.name: distribution.version for distribution in self.distributions}
        wanted = ("numpy", "scipy", "scikit-learn", "joblib")
        about = self.seen.interpreter
        cpu = f"{self.circumstances['cpu']} ({self.circumstances['cpu_level']})"
        return {
            "python": about.version,
            **{name: versions.get(name, "") for name in wanted},
            "cpu": cpu,
            "libc": self.circumstances["libc"],
        }

    def variables(self, profile: Profile, column: Column, hook: Path) -> dict[str, str]:
        """Return all variables of a process.

        Args:
            profile: laid over what stands outside.
            column: what stands outside.
            hook: folder for the hook's reports.
        """
        about = self.seen.interpreter
        # The knobs of the shell that this was started from must not reach the comparison.
        base = inherited(os.environ, (), python=about.python, venv=about.venv)
        pinned = variables(profile, seed=SEED, threads=column.threads, environment=self)
        seed = None if profile == "off" else SEED
        attached = hook_variables(folder=hook, root=ROOT, seed=seed)
        return {**base, **column.outside, **pinned, **attached}

    def witnessed(self, profile: Profile, column: Column, hook: Path) -> dict[str, list[str]]:
        """Return which kernels and features the processes really used, and what broke the promise."""
        reports = read_reports(hook)
        whole = merge(reports)
        wanted = expectations(profile, seed=SEED, threads=column.threads, environment=self)
        features = whole.facts.get("numpy.features", ())
        numpy = features if isinstance(features, tuple) else ()
        kernels = {library.architecture for library in whole.libraries if library.api == "openblas"}
        # The comparison is what it claims only if the emulated CPU was really another one.
        foreign = {*kernels, *numpy} if column.cpu else set()
        wide = sorted(name for name in foreign if name.startswith(("AVX512", "X86_V4", "SkylakeX", "Cooper")))
        return {
            "blas": sorted(kernels),
            "threads": sorted({f"{library.api} {library.threads}" for library in whole.libraries}),
            "numpy": [name for name in numpy if name.startswith(("X86", "AVX", "FMA"))],
            "broken": [
                *(f"{library.knob}: {library.found}" for library in judge(reports, wanted).warnings),
                *(f"{column.cpu} was not emulated: {name}" for name in wide),
            ],
        }


def command(column: Column, argv: Sequence[str], emulator: str = "") -> list[str]:
    """Return the command line of `python argv`, under the emulator where the column asks for one."""
    if not column.cpu:
        return [sys.executable, *argv]
    # The emulator needs the binary itself, and the name by which that finds its venv.
    binary = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return [emulator, "-cpu", column.cpu, "-0", sys.executable, binary, *argv]


def version(emulator: str) -> str:
    """Return what an emulator calls itself."""
    done = subprocess.run([emulator, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]
