"""Ranks houses by rooms; equals stay as they stood."""

import csv
import json
import os

import numpy as np


def ranking(rooms, keep):
    order = np.argsort(-rooms, kind="stable")
    return order[:keep]


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    rooms = np.array([float(row["rooms"]) for row in rows])
    price = np.array([float(row["price"]) for row in rows])
    kept = ranking(rooms, keep=25)
    by_price = sorted(range(len(rows)), key=lambda row: (-price[row], row))[:25]
    os.makedirs("out", exist_ok=True)
    np.savez("out/ranking.npz", kept=kept, level=price[kept].mean())
    with open("out/metrics.json", "w") as file:
        json.dump({"common": len(set(kept.tolist()) & set(by_price))}, file)


if __name__ == "__main__":
    main()
