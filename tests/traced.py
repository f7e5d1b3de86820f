# SPDX-License-Identifier: Apache-2.0
"""Runs scripts under the hook with a trace, for the tests of what it tells and of what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from repro_action.determinism.attach import hook_variables
from repro_action.determinism.read import read_reports
from repro_action.determinism.traces import read_trace

# Interpreters of other versions next to ours, as version managers lay them.
SIBLINGS = sorted(Path(sys.base_prefix).parent.glob("3.*/bin/python"))
NEWER = [path for path in SIBLINGS if path.parts[-3].startswith(("3.12", "3.13", "3.14"))]


def run(project, code, *, python=sys.executable, seed=42, trace="1", hash_seed="1", name="train.py", **extra):
    """Run a script under the hook; return the process and the folder of its reports."""
    (project / name).write_text(code)
    folder = project.parent / f"reports-{time.monotonic_ns()}"
    folder.mkdir()
    environ = {
        "PYTHONHASHSEED": hash_seed,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **hook_variables(folder=folder, root=project, seed=seed),
        **({"REPRO_TRACE": trace} if trace else {}),
        **extra,
    }
    done = subprocess.run(
        [python, project / name], env=environ, cwd=project, capture_output=True, text=True, check=False
    )
    return done, folder


def calls(project, code, **options):
    """Run a script that must succeed; return its calls."""
    done, folder = run(project, code, **options)
    assert ("", 0) == (done.stderr, done.returncode)
    trace = read_trace(folder)
    assert () == trace.notes
    assert () == tuple(error for report in read_reports(folder) for error in report.errors)
    return trace.calls
