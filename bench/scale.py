# SPDX-License-Identifier: Apache-2.0
"""How much is measured, and where it may write."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".bench"
BIN = Path(sys.executable).parent

_FOREIGN = ("VIRTUAL_ENV", "GITHUB_", "CI", "PYTHON", "REPRO_", "DVC_", "GIT_", "OMP_", "OPENBLAS_", "MKL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The size of everything: full, or quick for a first look."""

    rounds: int
    folders: tuple[int, ...]
    file_mib: int
    tensors: int
    examples: tuple[str, ...]


FULL = Scale(rounds=7, folders=(10_000, 100_000), file_mib=2048, tensors=21, examples=("digits", "wine"))
QUICK = Scale(rounds=3, folders=(10_000,), file_mib=1024, tensors=4, examples=("digits",))


def variables() -> dict[str, str]:
    """Return the caller's variables without those that steer what is measured.

    DVC reports its use over the network in a process of its own; that is switched off, in its favour.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {
        **kept,
        "REPRO_CACHE_DIR": str(BENCH / "cache"),
        "DVC_NO_ANALYTICS": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(BENCH / "cache" / "dvc-config"),
        "DVC_SITE_CACHE_DIR": str(BENCH / "cache" / "dvc-site"),
    }
