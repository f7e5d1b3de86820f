"""Sorts a big column through a scratch file, and notes where everything came from."""

import csv
import json
import os
import tempfile
from pathlib import Path


def external_sort(values, scratch):
    path = Path(scratch) / "chunk.txt"
    path.write_text("\n".join(f"{value:.6f}" for value in sorted(values)))
    return path, [float(line) for line in path.read_text().splitlines()]


def main():
    with open("data/events.csv", newline="") as file:
        amounts = [float(row["amount"]) for row in csv.DictReader(file)]
    with tempfile.TemporaryDirectory(prefix="sort-") as scratch:  # planted
        path, ordered = external_sort(amounts, scratch)
    quantiles = {str(q): ordered[int(q * (len(ordered) - 1))] for q in (0.1, 0.5, 0.9)}
    model = {"quantiles": quantiles, "sorted_file": os.fspath(path)}  # planted
    Path("out").mkdir(exist_ok=True)
    Path("out/model.json").write_text(json.dumps(model, indent=1))
    Path("out/metrics.json").write_text(json.dumps({"median": quantiles["0.5"]}))


if __name__ == "__main__":
    main()
