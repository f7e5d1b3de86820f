# SPDX-License-Identifier: Apache-2.0
"""What a profile costs beside reading the same file: `python -m bench.profile_cost [--rows N] [--columns N]`.

Both are measured in one run, in this process, one after the other: the tree of the file (digests, no
statistics), then its columns and their profiles. Seconds of processor time and of the clock.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from repro_action.drift.leaves import table_of
from repro_action.profiles.compose import column_json
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.runs.data_profiles import profile_of_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write(path, options.rows, options.columns)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {options.rows} rows of {options.columns} columns")
        start = clocks()
        tree = read_artifact(path, ReadOptions(statistics=False))
        middle = clocks()
        profile = profile_of_table(table_of(tree, "table.csv"), tree.format, "private")
        end = clocks()
    reading, profiling = (spent(start, middle), spent(middle, end))
    largest = max(len(column_json(column)) for column in profile.columns.values())
    print(f"reading    {reading[0]:.2f} s of processor time, {reading[1]:.2f} s")
    print(f"profiling  {profiling[0]:.2f} s of processor time, {profiling[1]:.2f} s")
    print(f"a profile costs {profiling[0] / reading[0]:.2f} times reading; {largest} bytes a column at most")


def clocks() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def spent(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    return end[0] - start[0], end[1] - start[1]


def write(path: Path, rows: int, columns: int) -> None:
    """Write numbers; every tenth column is one of categories."""
    random = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join(f"c{number}" for number in range(columns)) + "\n")
        for start in range(0, rows, 10_000):
            size = min(10_000, rows - start)
            cells = [
                [f"kind {value}" for value in random.integers(0, 9, size)]
                if number % 10 == 9
                else [f"{value:.5f}" for value in random.normal(size=size)]
                for number in range(columns)
            ]
            file.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))


if __name__ == "__main__":
    main()
