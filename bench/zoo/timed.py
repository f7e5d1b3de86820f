# SPDX-License-Identifier: Apache-2.0
"""Fits estimators in one process, keeps nothing of them, and tells the seconds of each.

python -m bench.zoo.timed DATA FILE NAME…

FILE gets, for each estimator that could be fitted, `[CPU seconds, wall-clock seconds]`. CPU time
is that of all threads, with the milliseconds that the estimator's data take to be read.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

from bench.zoo.recipes import DEFAULT, RECIPES
from bench.zoo.worker import Generators, Store, classes, fit


def main() -> None:
    """Fit what the command line names."""
    warnings.simplefilter("ignore")
    store, file = Store(Path(sys.argv[1])), Path(sys.argv[2])
    known, generators = classes(), Generators()
    taken: dict[str, tuple[float, float]] = {}
    for name in sys.argv[3:]:
        generators.restore()
        begin = time.process_time()
        try:
            *_, wall = fit(known[name], RECIPES.get(name, DEFAULT), store)
        except Exception as error:  # noqa: BLE001 -- one that fails has no time
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        taken[name] = (time.process_time() - begin, wall)
    file.write_text(json.dumps(taken), encoding="ascii")


if __name__ == "__main__":
    main()
