# SPDX-License-Identifier: Apache-2.0
"""What recording a trace adds to the steps of the examples; `--trace` is asked for, so no goal binds it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from bench.clock import Command, in_turn
from bench.projects import example
from bench.scale import Scale, variables
from bench.table import Row

HOOK = Path("repro_action", "hook")


def measure(scale: Scale, work: Path) -> list[Row]:
    """Compare each step under the hook with a trace and without, by the CPU time of the process."""
    rows = []
    for name in scale.examples:
        project = example(name, work)
        document = tomllib.loads((project / "repro.toml").read_text(encoding="utf-8"))
        rows += [_row(scale, project, name, step["run"]) for step in document["steps"]]
    return rows


def _row(scale: Scale, project: Path, name: str, run: list[str]) -> Row:
    reports = project / ".repro" / "bench-trace"
    reports.mkdir(parents=True, exist_ok=True)
    shared = {
        **variables(),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent / HOOK),
        "PYTHONHASHSEED": "42",
        "OMP_NUM_THREADS": "1",
        "REPRO_HOOK_DIR": str(reports),
        "REPRO_PROJECT_ROOT": str(project),
        "REPRO_SEED": "42",
    }
    program = [sys.executable, *run[1:]]
    commands = [
        Command(argv=program, folder=project, variables={**shared, "REPRO_TRACE": "1"}),
        Command(argv=program, folder=project, variables=shared),
    ]
    subprocess.run(program, cwd=project, env=shared, check=True, capture_output=True)
    ours, theirs = in_turn(commands, scale.rounds)
    traces = list(reports.glob("*.trace"))
    calls = sum(
        1 for path in traces for line in path.read_text("ascii").splitlines() if "f" in json.loads(line)
    )
    size = sum(path.stat().st_size for path in traces)
    return Row(
        what=f"trace of examples/{name}: {' '.join(run)}",
        ours=ours,
        against="the hook without a trace",
        theirs=theirs,
        goal="CPU time at most doubled",
        met=ours.cpu <= 2 * theirs.cpu,
        note=f"{1000 * (ours.cpu - theirs.cpu):+.0f} ms of CPU ({100 * (ours.cpu / theirs.cpu - 1):+.0f} %), "
        f"{calls // max(len(traces), 1)} calls, {size // max(len(traces), 1) // 1024} KiB",
    )
