# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.public_reports [NAME …]`: ask about each, print the table, write docs/public-reports.md.

What a script needs is looked for in the interpreter that runs this, in `.venv-frameworks`, and in each
`--python`; a report whose packages are nowhere is left out, with its reason.
What is asked about by name renews its rows; the others stay as `results.json` has them.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.public_reports import page
from bench.public_reports.catalogue import BY_NAME, REPORTS
from bench.public_reports.model import PublicReport
from bench.public_reports.trial import Trial, attempt, load, save
from bench.scale import ROOT


def main() -> int:
    """Try; the exit status is 1 where an answer is not right."""
    parser = argparse.ArgumentParser(prog="python -m bench.public_reports", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BY_NAME)}")
    parser.add_argument(
        "--python", type=Path, action="append", default=[], help="interpreter to look in, too"
    )
    parser.add_argument("--jobs", type=int, default=1, help="reports at the same time")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the documents there")
    options = parser.parse_args()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    chosen = [BY_NAME[name] for name in options.names] or list(REPORTS)
    pythons = [Path(sys.executable), ROOT / ".venv-frameworks" / "bin" / "python", *options.python]
    found = [python.absolute() for python in pythons if python.is_file()]
    with ThreadPoolExecutor(options.jobs) as pool:
        trials = list(pool.map(partial(_tried, pythons=found, kept=options.keep), chosen))
    results = {**load(), **{trial.report.name: trial for trial in trials}}
    save(results)
    print(f"\n{page.summary(trials)}\n{page.table(trials)}")
    page.write([results[name] for name in BY_NAME if name in results])
    return 0 if all(trial.right for trial in trials if not trial.skipped) else 1


def _tried(report: PublicReport, *, pythons: list[Path], kept: Path | None) -> Trial:
    trial = attempt(report, pythons, kept)
    state = trial.skipped or (
        "right" if trial.right else f"NOT RIGHT: {trial.said.answer}; {trial.said.text}"
    )
    print(f"{report.name:26} {trial.seconds:5.1f} s  {state}", flush=True)
    return trial


if __name__ == "__main__":
    sys.exit(main())
