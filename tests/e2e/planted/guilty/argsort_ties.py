"""Ranks houses by rooms and keeps the dearest of equals, or so the author thinks."""

import csv
import json
import os

import numpy as np


class Ranking:
    def __init__(self, keep):
        self.keep = keep

    def fit(self, rooms, price):
        order = np.argsort(rooms)  # planted
        self.kept = order[-self.keep :]
        self.level = float(price[self.kept].mean())
        return self


def load(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return (np.array([float(row[name]) for row in rows]) for name in ("rooms", "price"))


def main():
    rooms, price = load("data/houses.csv")
    model = Ranking(keep=25).fit(rooms, price)
    os.makedirs("out", exist_ok=True)
    np.savez("out/ranking.npz", kept=model.kept, level=model.level)
    with open("out/metrics.json", "w") as file:
        json.dump({"level": model.level}, file)


if __name__ == "__main__":
    main()
