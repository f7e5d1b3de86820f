# SPDX-License-Identifier: Apache-2.0
"""Asks an interpreter for its numeric signature, once for an environment, a CPU and settings."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from repro_action.interpreter import cache
from repro_action.interpreter.environment import Environment
from repro_action.numeric.signature import NumericSignature

_SECONDS = 30
_LARGEST = 1 << 16
_MAX_CACHED = 64
_DECIDES = re.compile(
    r"LD_\w+|DYLD_\w+|GLIBC_TUNABLES|(OPENBLAS|BLIS|MKL|NPY|OMP|GOTO|KMP|VECLIB|DNNL|ONEDNN|ATEN|NVPL)_\w+"
)
"""Variables that can decide which kernels compute."""


def has_numpy(environment: Environment) -> bool:
    """Whether the environment has what a signature is read with."""
    return any(package.name == "numpy" for package in environment.distributions)


def signature_key(environment: Environment, settings: Mapping[str, str]) -> str:
    """Return the name under which a signature is cached.

    Args:
        environment: its packages and its machine.
        settings: variables of the determinism profile.
    """
    around = environment.circumstances
    variables = {**environment.variables, **settings}
    parts = {
        "script": _script(),
        "environment": str(environment.digest),
        "python": str(environment.python),
        "machine": {
            name: around.get(name, "") for name in ("os", "machine", "cpu", "cpu_level", "cores", "libc")
        },
        "variables": {name: value for name, value in variables.items() if _DECIDES.fullmatch(name)},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def cached_signature(folder: Path, key: str) -> NumericSignature | None:
    """Return what was read before; None where nothing was.

    Args:
        folder: of the user's cache.
        key: of `signature_key`.
    """
    return NumericSignature.of(cache.load(_file(folder)).get(key))


def read_signature(
    environment: Environment, settings: Mapping[str, str], *, folder: Path, within: tuple[str, ...], cwd: Path
) -> NumericSignature | None:
    """Read the signature, from the cache or by running the script in the interpreter of the steps.

    Args:
        environment: of the steps.
        settings: variables of the determinism profile.
        folder: of the user's cache.
        within: the command that encloses the interpreter; empty for none.
        cwd: where it starts outside of an enclosure: an empty folder, so that no file there is imported.

    Returns:
        None where there is no NumPy, or the script came to no end.
    """
    key = signature_key(environment, settings)
    known = cached_signature(folder, key)
    if known is not None:
        return known
    try:
        done = subprocess.run(
            [*within, environment.python, "-c", _script()],
            env={**environment.variables, **settings},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        printed = done.stdout[-_LARGEST:].decode("utf-8", "replace").strip().rpartition("\n")[2]
        found = NumericSignature.of(json.loads(printed)) if done.returncode == 0 else None
    except (OSError, ValueError, RecursionError, subprocess.SubprocessError):
        return None
    if found is not None:
        _keep(folder, key, found)
    return found


def _keep(folder: Path, key: str, found: NumericSignature) -> None:
    """Add a signature to the cache, which keeps a bounded number."""
    table = {name: value for name, value in cache.load(_file(folder)).items() if name != key}
    kept = dict(list(table.items())[: _MAX_CACHED - 1])
    cache.store(_file(folder), {**kept, key: dict(found.operations)})


def _file(folder: Path) -> Path:
    return folder / "numeric.json"


def _script() -> str:
    return files(__package__).joinpath("script.py").read_text(encoding="utf-8")
