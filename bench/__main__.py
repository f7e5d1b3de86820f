# SPDX-License-Identifier: Apache-2.0
"""`python -m bench`: measures, prints the table, and writes docs/benchmarks.md after a full run."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from types import ModuleType

from bench import folder, hashing, models, overhead, page, status, version
from bench.scale import BENCH, FULL, QUICK, Scale
from bench.table import Row, markdown

MEASUREMENTS: dict[str, ModuleType] = {
    "version": version,
    "status": status,
    "overhead": overhead,
    "hashing": hashing,
    "models": models,
    "folder": folder,
}


def main() -> int:
    """Measure; the exit status is 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=MEASUREMENTS, help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="smaller and fewer; says little")
    options = parser.parse_args()
    names = [options.only] if options.only else list(MEASUREMENTS)
    begin = time.monotonic()
    rows = _measure(QUICK if options.quick else FULL, names)
    print(f"\n{markdown(rows)}\n{time.monotonic() - begin:.0f} s in all")
    if options.only or options.quick:
        print("docs/benchmarks.md is left as it is: only a full run writes it")
    else:
        page.write(rows, FULL)
    return 0 if all(row.met for row in rows) else 1


def _measure(scale: Scale, names: list[str]) -> list[Row]:
    work = BENCH / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    rows: list[Row] = []
    try:
        for name in names:
            begin = time.monotonic()
            print(f"{name} …", end=" ", flush=True)
            rows += MEASUREMENTS[name].measure(scale, work)
            print(f"{time.monotonic() - begin:.0f} s", flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
