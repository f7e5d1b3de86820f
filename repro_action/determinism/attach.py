# SPDX-License-Identifier: Apache-2.0
"""The variables that put the hook into every Python process of a step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from repro_action.config.model import Entropy

HOOK = Path(__file__).parent.parent / "hook"
"""The folder that goes first on PYTHONPATH; its `sitecustomize` starts the rest."""


def hook_variables(
    *,
    folder: Path,
    root: Path,
    seed: int | None,
    entropy: Entropy = "record",
    pythonpath: str = "",
    cap_threads: int = 0,
) -> Mapping[str, str]:
    """Return the variables of the hook; they hold paths, so they are no materials.

    Args:
        folder: absolute; exists; where each process writes its report.
        root: absolute folder of the project, whose own files are listed.
        seed: for `random`, NumPy, PyTorch and TensorFlow; None to record only.
        entropy: what to do with randomness that nobody seeded.
        pythonpath: what the step itself wants on PYTHONPATH.
        cap_threads: the most threads that the program may ask a library for; 0 for any number.
    """
    paths = [str(HOOK), *([pythonpath] if pythonpath else [])]
    seeds = {} if seed is None else {"REPRO_SEED": str(seed % 2**32)}
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "REPRO_HOOK_DIR": str(folder),
        "REPRO_PROJECT_ROOT": str(root),
        "REPRO_ENTROPY": entropy,
        **seeds,
        **({"REPRO_CAP_THREADS": str(cap_threads)} if cap_threads else {}),
    }
