"""Bootstrap of city prices; each city has a seed of its own, made from its name."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

REPEATS = 200


def generator(name):
    return np.random.default_rng(abs(hash(name)) % 2**32)  # planted


def interval(values, rng):
    means = [rng.choice(values, size=len(values)).mean() for _ in range(REPEATS)]
    low, high = np.quantile(means, [0.05, 0.95])
    return {"low": float(low), "high": float(high), "mean": float(np.mean(values))}


def main():
    prices = defaultdict(list)
    with open("data/houses.csv", newline="") as file:
        for row in csv.DictReader(file):
            prices[row["city"]].append(float(row["price"]))
    model = {city: interval(np.array(values), generator(city)) for city, values in sorted(prices.items())}
    Path("out").mkdir(exist_ok=True)
    Path("out/intervals.json").write_text(json.dumps(model, indent=2) + "\n")
    width = [one["high"] - one["low"] for one in model.values()]
    Path("out/metrics.json").write_text(json.dumps({"mean_width": sum(width) / len(width)}))


if __name__ == "__main__":
    main()
