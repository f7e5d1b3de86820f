# SPDX-License-Identifier: Apache-2.0
"""A program that is run under the audit, and what the audit saw of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro_action.determinism.attach import hook_variables
from repro_action.determinism.read import HookReport, merge, read_reports


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "a.csv").write_text("1\n")
    return root


def run(project: Path, code: str, *, entropy="record", python=sys.executable, seed=42, **variables):
    """Run `code` as train.py; return the process and what its processes reported, merged."""
    (project / "train.py").write_text(code)
    folder = project.parent / f"reports-{time.monotonic_ns()}"
    folder.mkdir()
    extra = {"pythonpath": variables.pop("pythonpath", str(project))}
    hook = hook_variables(folder=folder, root=project, seed=seed, entropy=entropy, **extra)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.parent),
        "PYTHONHASHSEED": "0",
        **hook,
        **variables,
    }
    done = subprocess.run(
        [python, "train.py"], env=environ, cwd=project, capture_output=True, text=True, check=False
    )
    return done, merge(read_reports(folder))


def observed(report: HookReport, *kinds: str) -> list[str]:
    """Return what was seen as `kind file:line what detail xcount`."""
    return [
        " ".join(
            filter(None, [item.kind, f"{item.file}:{item.line}", item.what, item.detail, f"x{item.count}"])
        )
        for item in report.observations
        if not kinds or item.kind in kinds
    ]
