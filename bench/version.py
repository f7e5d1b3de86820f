# SPDX-License-Identifier: Apache-2.0
"""How long it takes to start at all."""

from __future__ import annotations

from pathlib import Path

from bench import tools
from bench.clock import Command, in_turn, ratio
from bench.scale import BIN, Scale, variables
from bench.table import Row


def measure(scale: Scale, work: Path) -> list[Row]:
    """Compare `repro --version` with `dvc --version`."""
    commands = [
        Command(argv=(program, "--version"), folder=work, variables=variables())
        for program in (BIN / "repro", tools.dvc())
    ]
    ours, theirs = in_turn(commands, scale.rounds)
    return [
        Row(
            what="repro --version",
            ours=ours,
            against="dvc --version",
            theirs=theirs,
            goal="≤ 1/3",
            met=ratio(ours, theirs) <= 1 / 3,
        )
    ]
