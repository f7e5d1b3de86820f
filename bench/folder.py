# SPDX-License-Identifier: Apache-2.0
"""Asking whether anything changed in a large pinned folder, with all caches warm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench import tools
from bench.clock import Command, in_turn, once, ratio
from bench.scale import BIN, Scale, variables
from bench.table import Row

_CONFIG = """\
version = 1
name = "folder"

[environment]
backend = "current"

[[steps]]
name = "count"
run = ["python", "count.py"]
inputs = ["count.py", "data"]
outputs = ["count.json"]
"""

_STEP = """\
import json, os
with open("count.json", "w") as file:
    json.dump({"files": sum(len(files) for _, _, files in os.walk("data"))}, file)
"""


def measure(scale: Scale, work: Path) -> list[Row]:
    """Compare `repro status` with `dvc status` on the very same files."""
    return [_row(scale, work / f"files-{count}", count) for count in scale.folders]


def _row(scale: Scale, project: Path, count: int) -> Row:
    project.mkdir()
    subprocess.run([sys.executable, "-m", "bench.make", "folder", project / "data", str(count)], check=True)
    (project / "repro.toml").write_text(_CONFIG, encoding="ascii")
    (project / "count.py").write_text(_STEP, encoding="ascii")
    repro, dvc = BIN / "repro", tools.dvc()

    def prepare(*argv: str | Path, good: tuple[int, ...] = (0,)) -> None:
        once(Command(argv=argv, folder=project, variables=variables(), good=good))

    prepare(repro, "pin", "data")
    prepare(repro, "verify", good=(3,))
    prepare(repro, "accept")
    prepare(dvc, "init", "--no-scm", "--quiet")
    prepare(dvc, "add", "--quiet", "data")
    commands = [
        Command(argv=(program, "status"), folder=project, variables=variables()) for program in (repro, dvc)
    ]
    ours, theirs = in_turn(commands, scale.rounds)
    return Row(
        what=f"repro status, folder of {count:,} files",
        ours=ours,
        against="dvc status",
        theirs=theirs,
        goal="≤ 1/5",
        met=ratio(ours, theirs) <= 1 / 5,
        note=f"{ours.memory:.0f} MiB against {theirs.memory:.0f} MiB",
    )
