# SPDX-License-Identifier: Apache-2.0
"""Probe every planted script and every clean one, and print what was found: the confusion table.

python bench/planted.py [--jobs N] [--only NAME …] [--write] [-- ARGUMENTS OF REPRO PROBE]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from e2e.planted import Probed, Script, probe, unable  # noqa: E402 -- the tests are no package that is installed
from e2e.planted_clean import CLEAN  # noqa: E402
from e2e.planted_guilty import GUILTY  # noqa: E402

from repro_action.environments.circumstances import circumstances  # noqa: E402

PAGE = ROOT / "docs" / "probe.md"
BEGIN, END = "<!-- detection: begin -->\n", "<!-- detection: end -->\n"
_INTRODUCTION = """\
Written by `python bench/planted.py --write`; do not edit.
Each script is a small training with one planted nondeterminism, or a clean one that looks as if it had one.
*held* means that the profile or the sandbox holds it, so that it shows only with the pin lifted; *line* is
the place of the guilty line among the suspected ones; seconds are wall clock, of whatever else the machine
did too.
The rules were made with these scripts in sight, so the shares say what is covered, and not how often a
script that nobody has seen is understood.
"""
NAMED, PLACED = 0.95, 0.80
LOOKED_AT = 3
"""Suspected lines that a reader looks at."""


def lacking(script: Script) -> list[str]:
    """Return the distributions that a script needs and that are not installed."""
    found = []
    for name in script.needs:
        try:
            version(name)
        except PackageNotFoundError:
            found.append(name)
    return found


def measure(script: Script, arguments: Sequence[str], kept: Path | None) -> Probed:
    """Probe one script in a folder of its own, and keep the report where asked to."""
    folder = Path(tempfile.mkdtemp(prefix="repro-planted-"))
    try:
        probed = probe(script, folder, *arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if kept is not None:
        table = {"report": probed.report, "err": probed.err, "wrong": probed.wrong, "rank": probed.rank}
        (kept / f"{script.name}.json").write_text(json.dumps(table, indent=1), encoding="utf-8")
    verdict = "; ".join(probed.wrong) or "as it should be"
    verdict = "cannot be disturbed here" if unable(probed) else verdict
    print(f"{script.name:24} {probed.seconds:5.1f} s  {verdict}", flush=True)
    return probed


def table(rows: Sequence[Probed]) -> str:
    """Return one line a script."""
    lines = [
        "| script | what is planted | guilty | said | line | runs | s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        said = ", ".join(f"`{name}`" for name in dict.fromkeys(row.named)) or "nothing"
        guilty = ", ".join(f"`{name}`" for name in row.script.guilty[:1]) or "clean"
        if unable(row):
            said = "cannot be disturbed here"
        value = ", held" if row.script.pinned else ""
        place = {0: "no"}.get(row.rank, str(row.rank)) if row.script.guilty else ""
        cells = [f"`{row.script.name}`", row.script.why, guilty + value, said, place]
        lines.append(
            "| " + " | ".join([*cells, str(row.report.get("runs", "")), f"{row.seconds:.0f}"]) + " |"
        )
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Return the sentence about where this was measured."""
    result = circumstances()
    return f"Measured on: {result['cpu']} ({result['cpu_level']}), {result['cores']} cores.\n"


def folded(title: str, rows: str) -> str:
    """Return a table that is shown when asked for."""
    return f"<details><summary>{title}</summary>\n\n{rows}\n</details>\n"


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "none"


def summary(rows: Sequence[Probed], clean: Sequence[Probed], left_out: Sequence[str]) -> tuple[str, bool]:
    """Return the figures as Markdown, and whether every goal was reached."""
    able = [row for row in rows if not unable(row)]
    count = len(able)
    found = sum(row.found for row in able)
    right = sum(row.right for row in able)
    among = sum(1 <= row.rank <= LOOKED_AT for row in able)
    first = sum(row.rank == 1 for row in able)
    alarms = sum(bool(row.wrong) for row in clean)
    besides = sum(bool(row.extra) for row in able)
    runs = [int(row.report.get("runs", 0)) for row in (*able, *clean)]
    seconds = [row.seconds for row in (*able, *clean)]
    lines = [
        "| | result | goal |\n| --- | --- | --- |",
        f"| planted: found | {share(found, count)} | all |",
        f"| planted: guilty variation named | {share(right, count)} | ≥ {NAMED:.0%} |",
        f"| planted: line among the first {LOOKED_AT} | {share(among, count)} | ≥ {PLACED:.0%} |",
        f"| planted: line is the first | {share(first, count)} | |",
        f"| planted: an innocent variation named besides | {share(besides, count)} | |",
        f"| clean: with a finding | {share(alarms, len(clean))} | none |",
        f"| runs of the pipeline, median (most) | {statistics.median(runs):.0f} ({max(runs)}) | |",
        f"| seconds, median (most) | {statistics.median(seconds):.1f} ({max(seconds):.1f}) | |",
    ]
    text = "\n".join(lines) + "\n"
    cannot = [row.script.name for row in rows if unable(row)]
    if cannot:
        text += f"\nNot counted, since this machine cannot disturb that: {', '.join(cannot)}.\n"
    if left_out:
        text += f"\nLeft out, since a package is not installed: {', '.join(left_out)}.\n"
    good = found == count and right >= NAMED * count and among >= PLACED * count and not alarms
    return text, good


def write(text: str) -> None:
    """Replace the section of docs/probe.md that stands between two marks; the first time, append it."""
    page = PAGE.read_text(encoding="utf-8")
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Detection\n{BEGIN}{END}"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def main() -> int:
    """Measure; the exit status is 1 where a goal was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME", nargs="+", default=[])
    parser.add_argument("--jobs", type=int, default=1, help="scripts at the same time; more blurs the times")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the reports there")
    parser.add_argument("--write", action="store_true", help="replace the section of docs/probe.md")
    options, arguments = parser.parse_known_args()
    arguments = [argument for argument in arguments if argument != "--"]
    chosen = [one for one in (*GUILTY, *CLEAN) if not options.only or one.name in options.only]
    left_out = [script.name for script in chosen if lacking(script)]
    chosen = [script for script in chosen if not lacking(script)]
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda script: measure(script, arguments, options.keep), chosen))
    planted = [row for row in rows if row.script.guilty]
    clean = [row for row in rows if not row.script.guilty]
    figures, good = summary(planted, clean, left_out)
    tables = "\n".join(
        folded(title, table(rows))
        for title, rows in (("Planted, one by one", planted), ("Clean, one by one", clean))
    )
    text = f"{_INTRODUCTION}\n{machine()}\n{figures}\n{tables}"
    print(f"\n{text}")
    if options.write:
        write(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
