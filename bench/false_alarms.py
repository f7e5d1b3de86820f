# SPDX-License-Identifier: Apache-2.0
"""Count false alarms: each example in many circumstances, `python bench/false_alarms.py --times 50`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from e2e.disturbed import EXAMPLES, baseline_of, draw, trouble, verify


def main() -> int:
    """Verify, print a table, and return 1 if any run was not `reproduced`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("examples", nargs="*", default=list(EXAMPLES), help="default: all")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rows, alarms = [], []
    for name in options.examples:
        rng = random.Random(f"{name} {options.seed}")
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            baseline = baseline_of(EXAMPLES[name], Path(folder))
            for number in range(options.times):
                drawn = draw(rng)
                found = trouble(verify(EXAMPLES[name], baseline, Path(folder), drawn))
                if found:
                    alarms.append((name, number))
                    table = {key: value for key, value in drawn.variables.items() if key[:9] != "UNRELATED"}
                    print(
                        f"{name} {number}: {found}\n"
                        f"  {drawn.place} {drawn.umask:03o} {drawn.one_cpu} {table}",
                        flush=True,
                    )
        bad = sum(alarm[0] == name for alarm in alarms)
        rows.append((name, options.times, options.times - bad, time.monotonic() - started))
    print(f"{'example':10} {'runs':>5} {'reproduced':>11} {'seconds':>8}")
    for name, runs, good, seconds in rows:
        print(f"{name:10} {runs:5} {good:11} {seconds:8.0f}")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
