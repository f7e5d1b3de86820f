# SPDX-License-Identifier: Apache-2.0
"""Reading and comparing two large models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.clock import Command, in_turn
from bench.scale import BIN, Scale, variables
from bench.table import Row

_SECONDS, _MIB = 1.5, 300 * 1e6 / (1 << 20)


def measure(scale: Scale, work: Path) -> list[Row]:
    """Time `repro diff` on two safetensors files, alone: nothing else tells what this tells."""
    first = _make(work, scale, "same")
    cases = (
        ("identical", "copy", 0),
        ("one tensor differs everywhere", "tensor", 1),
        ("one element differs", "element", 1),
    )
    return [_row(scale, first, _make(work, scale, change), what, status) for what, change, status in cases]


def _make(work: Path, scale: Scale, change: str) -> Path:
    path = work / f"{change}.safetensors"
    argv = (sys.executable, "-m", "bench.make", "safetensors", path, str(scale.tensors), change)
    subprocess.run(argv, check=True)
    return path


def _row(scale: Scale, first: Path, second: Path, what: str, status: int) -> Row:
    argv = (BIN / "repro", "diff", first.name, second.name)
    command = Command(argv=argv, folder=first.parent, variables=variables(), good=(status,))
    (ours,) = in_turn((command,), scale.rounds)
    size = first.stat().st_size / (1 << 20)
    second.unlink()
    return Row(
        what=f"repro diff, 2 safetensors of {size:.0f} MiB, {what}",
        ours=ours,
        goal="≤ 1.5 s, ≤ 300 MB",
        met=ours.median <= _SECONDS and ours.memory <= _MIB,
        note=f"{ours.memory * (1 << 20) / 1e6:.0f} MB resident",
    )
