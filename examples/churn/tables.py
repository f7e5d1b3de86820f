# SPDX-License-Identifier: Apache-2.0
"""The customers, and files that read back to the same bits."""

import json
from pathlib import Path

import pandas as pd

NUMBERS = ("tenure_months", "support_calls", "monthly_charge", "total_charges")
WORDS = ("contract", "payment", "internet")
TARGET = "churned"


def read_customers(path: Path) -> pd.DataFrame:
    """Read customers; numbers are `float64`, and what is not known about one is NaN."""
    # pandas' own reader of floats is fast and may be wrong in the last bit.
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(NUMBERS, "float64") | dict.fromkeys((*WORDS, TARGET), "object"),
        keep_default_na=False,
        na_values=[""],
        float_precision="round_trip",
    )


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table without its index; a float as `repr` writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: object) -> None:
    """Write JSON with sorted keys; a NaN is an error here, not a surprise later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
