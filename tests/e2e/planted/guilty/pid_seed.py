"""Dropout estimates; every process gets its own numbers."""

import json
import os

import numpy as np


def generator():
    return np.random.default_rng([20, os.getpid()])  # planted


def estimate(points, rate, rounds=50):
    rng = generator()
    means = []
    for _ in range(rounds):
        mask = rng.random(points.shape) >= rate
        means.append((points * mask).sum(axis=0) / mask.sum(axis=0))
    return np.array(means)


def main():
    with np.load("data/points.npz") as data:
        points = data["x"]
    means = estimate(points, rate=0.2)
    os.makedirs("out", exist_ok=True)
    np.savez("out/dropout.npz", mean=means.mean(axis=0), std=means.std(axis=0))
    with open("out/metrics.json", "w") as file:
        json.dump({"widest": float(means.std(axis=0).max())}, file)


if __name__ == "__main__":
    main()
