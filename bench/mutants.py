# SPDX-License-Identifier: Apache-2.0
"""Run every mutant of the example projects and print the table: expected, given, and the named cause.

python bench/mutants.py [-k EXPRESSION]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows.jsonl"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            os.environ.get("JOBS", "2"),
            "tests/e2e/test_mutants.py",
            *sys.argv[1:],
        ]
        environment = {**os.environ, "REPRO_MUTANTS_TABLE": str(table), "REPRO_TEST_MUTANTS": "all"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True
        )
        rows = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    print("| mutant | project | expected | given | named cause |\n| --- | --- | --- | --- | --- |")
    for name, project, expected, given, flavour, causes in sorted(rows):
        value = f"{given} ({flavour})" if flavour else given
        cause = causes.replace("|", "\\|").replace("\n", " ")[:100]
        print(f"| {name} | {project} | {expected} | {value} | {cause} |")
    print(f"\n{len(rows)} mutants, by verdict given: {dict(Counter(row[3] for row in rows))}")
    print(done.stdout.strip().splitlines()[-1])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
