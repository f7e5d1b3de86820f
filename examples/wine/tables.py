# SPDX-License-Identifier: Apache-2.0
"""The tables and JSON files of this example: numbers round-trip, keys are sorted."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CULTIVARS = ("class_0", "class_1", "class_2")
FEATURES = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wines:
    """Wines by row of `data/wine.csv`, counted from 1."""

    rows: NDArray[np.int64]  # (wines,)
    features: NDArray[np.float64]  # (wines, 13), in the order of FEATURES
    cultivars: NDArray[np.str_]  # (wines,)

    def take(self, indices: NDArray[np.int64]) -> "Wines":
        """Select wines by position."""
        return Wines(
            rows=self.rows[indices], features=self.features[indices], cultivars=self.cultivars[indices]
        )


def read_wines(path: Path) -> Wines:
    """Read a table; where it has no `row` column, rows are counted from 1."""
    with path.open(newline="", encoding="utf-8") as lines:
        records = list(csv.DictReader(lines))
    missing = {"cultivar", *FEATURES} - set(records[0] if records else ())
    if missing:
        raise SystemExit(f"{path}: no column {', '.join(sorted(missing))}")
    return Wines(
        rows=np.array([int(record.get("row", count)) for count, record in enumerate(records, start=1)]),
        features=np.array([[float(record[name]) for name in FEATURES] for record in records]),
        cultivars=np.array([record["cultivar"] for record in records]),
    )


def write_wines(path: Path, wines: Wines) -> None:
    """Write a table that `read_wines` reads back to the same bits."""
    values = zip(wines.rows.tolist(), wines.cultivars.tolist(), wines.features.tolist(), strict=True)
    write_csv(path, ("row", "cultivar", *FEATURES), ((row, name, *numbers) for row, name, numbers in values))


def write_csv(path: Path, header: Iterable[str], records: Iterable[Iterable[object]]) -> None:
    """Write plain Python values; `csv` writes a float by `repr`, which round-trips."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(records)


def write_json(path: Path, value: object) -> None:
    """Write JSON with sorted keys; a NaN is an error here, not a surprise later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
