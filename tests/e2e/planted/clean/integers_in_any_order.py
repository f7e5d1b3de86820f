"""Counts over parts in whatever order they come: sums of integers do not mind."""

import csv
import json
from collections import Counter
from pathlib import Path


def histogram(folder, width):
    counts = Counter()
    files = 0
    for path in Path(folder).glob("*.csv"):
        files += 1
        with path.open(newline="") as file:
            counts.update(int(float(row["x"]) // width) for row in csv.DictReader(file))
    return files, counts


def main():
    files, counts = histogram("data/parts", width=25)
    total = sum(counts.values())
    model = {str(key): counts[key] / total for key in sorted(counts)}
    Path("out").mkdir(exist_ok=True)
    Path("out/histogram.json").write_text(json.dumps(model, indent=1))
    metrics = {"files": files, "rows": total, "bins": len(model)}
    Path("out/metrics.json").write_text(json.dumps(metrics, sort_keys=True))


if __name__ == "__main__":
    main()
