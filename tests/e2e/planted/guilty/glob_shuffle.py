"""Joins all parts, shuffles with a fixed seed, and holds some rows out."""

import csv
import glob
import json
import os
import random

SEED = 13


def rows():
    for path in glob.glob("data/parts/*.csv"):  # planted
        with open(path, newline="") as file:
            yield from csv.DictReader(file)


def main():
    table = [(float(row["x"]), float(row["y"])) for row in rows()]
    random.Random(SEED).shuffle(table)
    cut = int(0.8 * len(table))
    train, test = table[:cut], table[cut:]
    slope = sum(x * y for x, y in train) / sum(x * x for x, _ in train)
    error = sum(abs(y - slope * x) for x, y in test) / len(test)
    os.makedirs("out", exist_ok=True)
    with open("out/model.json", "w") as file:
        json.dump({"slope": slope, "seed": SEED}, file)
    with open("out/held_out.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "y"])
        writer.writerows(test)
    with open("out/metrics.json", "w") as file:
        json.dump({"mae": error}, file)


if __name__ == "__main__":
    main()
