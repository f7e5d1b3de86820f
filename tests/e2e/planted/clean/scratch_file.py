"""Sorts through a scratch file whose name never matters."""

import csv
import json
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path


def external_sort(values, runs=3):
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = []
        for number in range(runs):
            path = folder / f"run-{number}.txt"
            path.write_text("\n".join(map(str, sorted(values[number::runs]))))
            files.append(stack.enter_context(path.open()))
        return sorted(float(line) for file in files for line in file)


def main():
    with open("data/events.csv", newline="") as file:
        amounts = [float(row["amount"]) for row in csv.DictReader(file)]
    ordered = external_sort(amounts)
    quantiles = {str(q): ordered[int(q * (len(ordered) - 1))] for q in (0.1, 0.5, 0.9)}
    os.makedirs("out", exist_ok=True)
    with open("out/quantiles.json", "w") as file:
        json.dump(quantiles, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"median": quantiles["0.5"]}, file)


if __name__ == "__main__":
    main()
