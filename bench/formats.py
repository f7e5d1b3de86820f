# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.formats`: every format that repro reads against its laws; writes docs/formats.md.

Each file of tests/formats/data is read as written once and again, with a change, cut off at every 1/64, and
with a thousand bits flipped, one at a time.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from formats.case import Case  # noqa: E402
from formats.cases import CASES  # noqa: E402
from formats.damage import cuts, flips  # noqa: E402
from formats.laws import differing, lines, read  # noqa: E402

from bench.format_limits import limits_table  # noqa: E402
from repro_action.compare.elements import compare_elements  # noqa: E402

PAGE = ROOT / "docs" / "formats.md"
BEGIN, END = "<!-- begin: python -m bench.formats -->", "<!-- end -->"
LIMITS_BEGIN = "<!-- begin: python -m bench.formats, limits -->"
FLIPS = 1000
HEAD = (
    "| format | read as | written twice | one value changed | left out by rule"
    " | cut off at 1/64 | bits flipped |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row; `good` says whether every law holds."""

    row: str
    good: bool


def measure(case: Case, count: int) -> Result:
    """Read everything that there is of a format; an exception that comes out ends the bench."""
    one, two, changed = map(read, case.files)
    twice = one.root == two.root and not one.reason
    named = tuple(differing(one, changed))
    shown = [named[0] or "the whole"] if named else []
    found = compare_elements(lines(one)[named[0]], lines(changed)[named[0]]) if len(named) == 1 else None
    ulp = f", {found.max_ulp} ULP" if found is not None and found.max_ulp is not None else ""
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "cuts").mkdir()
        (Path(work) / "flips").mkdir()
        cut = [read(path).root == one.root for path in cuts(case.files[0], Path(work) / "cuts")]
        flipped = [
            read(path).root == one.root
            for path in flips(case.files[0], Path(work) / "flips", count, random.Random(11))
        ]
    rules = sorted({entry.rule for entry in (*one.excluded, *two.excluded)})
    good = twice and named == case.changed and not any(cut) and sum(flipped) <= (case.slack + 0.05) * count
    cells = [
        case.title,
        one.format,
        "equal" if twice else "DIFFERENT",
        (f"`{shown[0].replace('|', chr(92) + '|')}`" if shown else "NOT SEEN")
        + (f" and {len(named) - 1} more" if len(named) > 1 else "")
        + ulp,
        ", ".join(f"`{rule}`" for rule in rules) or "none",
        f"{len(cut) - sum(cut)} of {len(cut)} seen",
        f"{count - sum(flipped)} seen, {sum(flipped)} the container's",
    ]
    return Result(row="| " + " | ".join(cells) + " |", good=good)


def main() -> int:
    """Print the table and write it where all formats were asked for; 1 where a law is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.formats", description=__doc__)
    parser.add_argument("names", nargs="*", help="formats; all where none is given")
    parser.add_argument("--flips", type=int, default=FLIPS)
    options = parser.parse_args()
    begin, results = time.process_time(), []
    for case in CASES:
        if options.names and case.name not in options.names:
            continue
        if not case.ready:
            print(f"{case.name}: not installed: {case.needs}")
            continue
        results.append(measure(case, options.flips))
        print(results[-1].row, "" if results[-1].good else "  <- BROKEN", flush=True)
    print(f"{len(results)} formats, {time.process_time() - begin:.0f} s of one processor")
    _write(limits_table(), LIMITS_BEGIN)
    if not options.names and options.flips == FLIPS and len(results) == len(CASES):
        _write(HEAD + "\n".join(result.row for result in results), BEGIN)
    return 0 if all(result.good for result in results) else 1


def _write(table: str, begin: str) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{begin}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
