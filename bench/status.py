# SPDX-License-Identifier: Apache-2.0
"""How long a user waits for `repro status`."""

from __future__ import annotations

from pathlib import Path

from bench.clock import Command, in_turn
from bench.projects import example
from bench.scale import BIN, Scale, variables
from bench.table import Row


def measure(scale: Scale, work: Path) -> list[Row]:
    """Time `repro status` on the examples."""
    return [_row(scale, example(name, work), name) for name in scale.examples]


def _row(scale: Scale, project: Path, name: str) -> Row:
    command = Command(argv=(BIN / "repro", "status"), folder=project, variables=variables())
    (ours,) = in_turn((command,), scale.rounds)
    return Row(what=f"repro status, examples/{name}", ours=ours, goal="< 200 ms", met=ours.median < 0.2)
