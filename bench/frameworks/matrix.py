# SPDX-License-Identifier: Apache-2.0
"""Runs one training under one setting and digests what it learned."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.config.model import Config
from repro_action.determinism.attach import hook_variables
from repro_action.determinism.knob import Profile
from repro_action.determinism.profile import variables
from repro_action.environments.current import as_environment
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import inspect

TRAININGS = Path(__file__).parent / "trainings"
SEED = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a training is run.

    Attributes:
        profile: of determinism.
        threads: of the profile.
        outside: variables that the surroundings set, below the profile's.
        over: variables above the profile's.
        prefix: before the interpreter.
        emulated: CPU that qemu-user emulates; empty for the real one.
    """

    profile: Profile = "portable"
    threads: int = 1
    outside: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    emulated: str = ""


REQUESTED = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "4") | {
    "OPENBLAS_CORETYPE": "SkylakeX",
    "ATEN_CPU_CAPABILITY": "avx512",
    "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
    "MKL_CBWR": "AVX512",
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
"""What another machine's surroundings may ask for; a profile that pins must override all of it."""

COLUMNS: Mapping[str, tuple[Setting, Setting]] = {
    "off: again": (Setting(profile="off"), Setting(profile="off")),
    "native: again": (Setting(profile="native"), Setting(profile="native")),
    "native: 2 threads": (Setting(profile="native"), Setting(profile="native", threads=2)),
    "native: AVX2 instead": (Setting(profile="native"), Setting()),
    "portable: again": (Setting(), Setting()),
    "portable: other surroundings": (Setting(), Setting(outside=REQUESTED)),
    "portable: one CPU": (Setting(), Setting(prefix=("taskset", "-c", "0"))),
    "portable: libm without AVX-512": (
        Setting(),
        Setting(over={"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX512VL"}),
    ),
    "portable: emulated Haswell": (Setting(), Setting(emulated="Haswell")),
}


def prepare(python: Path) -> Environment:
    """Return the environment of an interpreter, with its packages."""
    config = Config(root=Path.cwd(), path=Path.cwd() / "repro.toml", name="frameworks")
    with tempfile.TemporaryDirectory() as cache:
        return as_environment("current", config, inspect(python, Path(cache)), os.environ, {})


def names() -> tuple[str, ...]:
    """Return the names of all trainings."""
    return tuple(sorted(path.stem for path in TRAININGS.glob("*.py")))


def learn(environment: Environment, training: str, setting: Setting, *, timeout: float = 600) -> str:
    """Run a training; return a digest of every array that it saved, or why there is none."""
    import numpy as np

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = folder / "out.npz"
        try:
            done = subprocess.run(
                [*_command(environment, setting), str(TRAININGS / f"{training}.py"), str(out)],
                env=_variables(environment, setting, folder),
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"failed: more than {timeout:g} s"
        if done.returncode != 0 or not out.exists():
            said = done.stderr.strip().splitlines()
            return f"failed: exit status {done.returncode}: {said[-1] if said else ''}"
        digest = hashlib.sha256()
        with np.load(out) as baseline:
            for key in sorted(baseline.files):
                digest.update(f"{key} {baseline[key].dtype.str} {baseline[key].shape}\n".encode())
                digest.update(np.ascontiguousarray(baseline[key]).tobytes())
        return digest.hexdigest()


def _command(environment: Environment, setting: Setting) -> list[str]:
    if not setting.emulated:
        return [*setting.prefix, str(environment.python)]
    qemu = shutil.which("qemu-x86_64") or "qemu-x86_64"
    # The real interpreter, told that it is the one of the virtual environment.
    return [
        qemu,
        "-cpu",
        setting.emulated,
        "-0",
        str(environment.python),
        os.path.realpath(environment.python),
    ]


def _variables(environment: Environment, setting: Setting, folder: Path) -> dict[str, str]:
    pinned = variables(setting.profile, seed=SEED, threads=setting.threads, environment=environment)
    seed = None if setting.profile == "off" else SEED
    hook = folder / "hook"
    hook.mkdir()
    attached = dict(hook_variables(folder=hook, root=TRAININGS, seed=seed))
    if setting.emulated:
        # Without the link of the virtual environment the interpreter does not find its packages.
        site = next(iter(environment.python.parent.parent.glob("lib/python*/site-packages")))
        attached["PYTHONPATH"] += f"{os.pathsep}{site}"
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "HOME": str(folder)}
    return {**environment.variables, **quiet, **setting.outside, **pinned, **setting.over, **attached}
