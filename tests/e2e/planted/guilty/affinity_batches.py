"""Stochastic gradient descent whose batch grows with the cores that this process may use."""

import json
import os

import numpy as np


def cores():
    try:
        return len(os.sched_getaffinity(0))  # planted
    except AttributeError:
        return os.cpu_count() or 1


def fit(points, target, *, batch, epochs=4, rate=0.01):
    rng = np.random.default_rng(3)
    weights = np.zeros(points.shape[1])
    for _ in range(epochs):
        order = rng.permutation(len(points))
        for start in range(0, len(points), batch):
            rows = order[start : start + batch]
            error = (points[rows] * weights).sum(axis=1) - target[rows]
            weights -= rate * (points[rows] * error[:, None]).mean(axis=0)
    return weights


def main():
    with np.load("data/points.npz") as data:
        points, target = data["x"], data["y"].astype(float)
    weights = fit(points, target, batch=16 * cores())
    error = (points * weights).sum(axis=1) - target
    os.makedirs("out", exist_ok=True)
    np.save("out/weights.npy", weights)
    with open("out/metrics.json", "w") as file:
        json.dump({"mse": float((error * error).mean())}, file)


if __name__ == "__main__":
    main()
