"""Prices by the age of a house."""

import csv
import json
from datetime import date
from pathlib import Path

DECADE = 10


def age_group(built):
    age = date.today().year - built  # planted
    return age // DECADE


def read(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            yield age_group(int(row["built"])), float(row["area"]), float(row["price"])


def main():
    sums = {}
    for group, area, price in read("data/houses.csv"):
        held = sums.setdefault(group, [0, 0.0])
        held[0] += 1
        held[1] += price / area
    model = {str(group): total / count for group, (count, total) in sorted(sums.items())}
    Path("out").mkdir(exist_ok=True)
    Path("out/model.json").write_text(json.dumps(model, indent=2))
    counts = {f"group_{group}": count for group, (count, _) in sorted(sums.items())}
    Path("out/metrics.json").write_text(json.dumps(counts))


if __name__ == "__main__":
    main()
