# SPDX-License-Identifier: Apache-2.0
"""`repro` as a process in a folder, and the configuration of a project of one step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def repro(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `repro` in a folder, with these variables besides those of the tests."""
    return subprocess.run(
        [sys.executable, "-m", "repro_action", *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


UNENCLOSED = """
version = 1
name = "small"
environment = { backend = "current" }
sandbox = { network = true, files = "any" }
"""
"""The beginning of a configuration whose steps run here, without a sandbox."""

TRAIN_STEP = f"""{UNENCLOSED}
[[steps]]
name = "train"
run = ["python", "train.py"]
"""
"""The same with a step that runs train.py; its inputs and outputs follow."""
