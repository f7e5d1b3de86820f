"""Amounts by the hour of the day."""

import csv
import json
import os
from datetime import datetime

import numpy as np


def hour(stamp):
    return datetime.fromtimestamp(int(stamp)).hour  # planted


def profile(rows):
    sums, counts = np.zeros(24), np.zeros(24)
    for row in rows:
        at = hour(row["time"])
        sums[at] += float(row["amount"])
        counts[at] += 1
    return sums / np.maximum(counts, 1)


def main():
    with open("data/events.csv", newline="") as file:
        means = profile(csv.DictReader(file))
    os.makedirs("out", exist_ok=True)
    np.save("out/profile.npy", means)
    with open("out/metrics.json", "w") as file:
        json.dump({"busiest": int(means.argmax()), "mean": float(means.mean())}, file)


if __name__ == "__main__":
    main()
