"""Drops repeated ids while reading the parts; of two rows the first one stays."""

import csv
import json
import os
from pathlib import Path


def parts(folder):
    with os.scandir(folder) as entries:  # planted
        return [Path(entry) for entry in entries if entry.name.endswith(".csv")]  # planted


def unique(paths):
    seen = {}
    for path in paths:
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                seen.setdefault(int(row["id"]) % 97, (float(row["x"]), float(row["y"])))
    return [seen[key] for key in sorted(seen)]


def main():
    table = unique(parts("data/parts"))
    n = len(table)
    mean_x = sum(x for x, _ in table) / n
    mean_y = sum(y for _, y in table) / n
    top = sum((x - mean_x) * (y - mean_y) for x, y in table)
    slope = top / sum((x - mean_x) ** 2 for x, _ in table)
    Path("out").mkdir(exist_ok=True)
    Path("out/model.json").write_text(json.dumps({"slope": slope, "offset": mean_y - slope * mean_x}))
    Path("out/metrics.json").write_text(json.dumps({"rows": n}))


if __name__ == "__main__":
    main()
