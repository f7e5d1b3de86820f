# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.frameworks --python VENV/bin/python`: print the table, and write it into the page.

The environment needs what requirements/frameworks.txt lists; `make frameworks` makes one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.frameworks.matrix import COLUMNS, learn, names, prepare

PAGE = Path(__file__).resolve().parents[2] / "docs" / "determinism.md"
BEGIN, END = "<!-- frameworks: begin -->\n", "<!-- frameworks: end -->\n"
SHOWN = {
    "torch",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "jax",
    "xgboost",
    "xgboost-cpu",
    "lightgbm",
    "numpy",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.frameworks", description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="interpreter that has the frameworks")
    parser.add_argument("--only", action="append", choices=names(), help="one training; may be repeated")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    options = parser.parse_args()
    environment = prepare(options.python.absolute())
    rows = []
    for training in options.only or names():
        cells = []
        known: dict[str, str] = {}
        for column, (before, after) in COLUMNS.items():
            left = known.setdefault(repr(before), "") or learn(environment, training, before)
            known[repr(before)] = left
            cells.append(_cell(left, learn(environment, training, after)))
            print(f"{training:20} {column:34} {cells[-1]}", flush=True)
        rows.append(f"| `{training}` | {' | '.join(cells)} |")
    table = _table(
        rows, sorted(f"{d.name} {d.version}" for d in environment.distributions if d.name in SHOWN)
    )
    print(table)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        start, stop = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(page[:start] + table + page[stop:], encoding="utf-8")
    return 0


def _cell(before: str, after: str) -> str:
    if before.startswith("failed"):
        return before
    if after.startswith("failed"):
        return after[:80]
    return "same" if before == after else "**differs**"


def _table(rows: list[str], versions: list[str]) -> str:
    head = f"| training | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}\n"
    return head + "\n".join(rows) + f"\n\nVersions: {', '.join(versions)}.\n"


if __name__ == "__main__":
    sys.exit(main())
