# SPDX-License-Identifier: Apache-2.0
"""What Evidently says of the pairs that `bench.drift` made; run by an interpreter that has it, not by ours.

Reads `[[old file, new file, column that was changed], …]` from standard input.
"""

import json
import sys
import warnings

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

warnings.simplefilter("ignore")


def drifted(old: pd.DataFrame, new: pd.DataFrame) -> set[str]:
    """Return the columns that Evidently's preset calls drifted, with its defaults."""
    shared = [name for name in old.columns if name in new.columns]
    found = set(old.columns) ^ set(new.columns)
    for name in shared:
        try:
            result = Report([DataDriftPreset(columns=[name])]).run(new[[name]], old[[name]]).dict()
        except Exception:  # noqa: BLE001 # a column that it cannot compare
            continue
        count = next(m["value"]["count"] for m in result["metrics"] if "DriftedColumnsCount" in str(m))
        found |= {name} if count else set()
    return found


def main() -> None:
    """Print how many changes are found, alone and among others, and how many null pairs are called so."""
    totals = {"found": 0, "found alone": 0, "false": 0, "false columns": 0}
    for old_file, new_file, column in json.load(sys.stdin):
        old, new = pd.read_csv(old_file), pd.read_csv(new_file)
        columns = drifted(old, new)
        if column:
            totals["found"] += column in columns
            totals["found alone"] += columns == {column}
        else:
            totals["false"] += bool(columns)
            totals["false columns"] += len(columns)
        print(
            f"{column or 'null':12}{len(old)} and {len(new)} rows: {', '.join(sorted(columns)) or '-'}",
            flush=True,
        )
    print(f"Evidently: {json.dumps(totals)} of 30 and 30")


if __name__ == "__main__":
    main()
