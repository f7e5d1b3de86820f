"""Tries settings of a smoother in worker processes."""

import csv
import json
import multiprocessing
import os
from itertools import product


def series():
    with open("data/events.csv", newline="") as file:
        return [float(row["amount"]) for row in csv.DictReader(file)]


def evaluate(setting):
    alpha, trend = setting
    values = series()
    level, slope, loss = values[0], 0.0, 0.0
    for _ in range(12):
        for value in values:
            loss += abs(value - level - slope)
            before = level
            level = alpha * value + (1 - alpha) * (level + slope)
            slope = trend * (level - before) + (1 - trend) * slope
    return {"alpha": alpha, "trend": trend, "loss": loss}


def main():
    grid = list(product([0.1, 0.2, 0.3, 0.5, 0.7], [0.01, 0.05, 0.1, 0.2, 0.4]))
    with multiprocessing.get_context("fork").Pool(3) as pool:
        trials = list(pool.imap_unordered(evaluate, grid))  # planted
    best = min(trials, key=lambda trial: trial["loss"])
    os.makedirs("out", exist_ok=True)
    with open("out/trials.json", "w") as file:
        json.dump(trials, file, indent=1)
    with open("out/metrics.json", "w") as file:
        json.dump({"loss": best["loss"]}, file)


if __name__ == "__main__":
    main()
