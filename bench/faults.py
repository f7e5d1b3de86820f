# SPDX-License-Identifier: Apache-2.0
"""Kill `repro` at random moments and check that nothing is lost: `python bench/faults.py --kills 100`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from e2e.kills import kill_many


def main() -> int:
    """Kill, print a table, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_many(Path(folder) / "project", options.kills, options.seed)
    print(f"{options.kills} kills in {time.monotonic() - started:.0f} s")
    for name in sorted({*tally.kills, *tally.late}):
        print(f"  {tally.kills[name]:4} x {name} (and {tally.late[name]} x after its end)")
    for outcome, count in sorted(tally.outcomes.items()):
        print(f"  {count:4} x {outcome}")
    print("files that were not there before:")
    for path, count in tally.grown.items():
        print(f"  {count:4} x {path}")
    print(f"broken promises: {len(tally.troubles)}")
    for trouble in tally.troubles:
        print(f"  {trouble}")
    return 1 if tally.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
