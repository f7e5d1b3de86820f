"""Ridge regression in closed form, which rounds as the CPU's kernels do."""

import csv
import json
import os

import numpy as np

ALPHA = 0.3


def solve(features, target):
    gram = features.T @ features + ALPHA * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ target)


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ["area", "rooms", "distance", "built"]
    features = np.array([[float(row[name]) for name in names] for row in rows])
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    target = np.array([float(row["price"]) for row in rows])
    weights = solve(features, target - target.mean())
    error = features @ weights + target.mean() - target
    os.makedirs("out", exist_ok=True)
    np.savez("out/model.npz", weights=weights, offset=target.mean())
    with open("out/metrics.json", "w") as file:
        json.dump({"mae": float(np.abs(error).mean())}, file)


if __name__ == "__main__":
    main()
