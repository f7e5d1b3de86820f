"""Gradient of a least-squares model, summed up by several threads under a lock."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np


class Accumulator:
    def __init__(self, size):
        self.total = np.zeros(size)
        self.lock = threading.Lock()

    def add(self, part):
        with self.lock:
            self.total += part  # planted


def gradient(rows, target, weights, into):
    error = (rows * weights).sum(axis=1) - target
    into.add((rows * error[:, None]).mean(axis=0))


def fit(rows, target, rounds=12, rate=1e-2):
    weights = np.zeros(rows.shape[1])
    blocks = np.array_split(np.arange(len(rows)), 24)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(rounds):
            sums = Accumulator(rows.shape[1])
            jobs = [pool.submit(gradient, rows[block], target[block], weights, sums) for block in blocks]
            for job in jobs:
                job.result()
            weights = weights - rate * sums.total
    return weights


with np.load("data/points.npz") as data:
    rows, target = np.tile(data["x"], (20, 1)), np.tile(data["y"].astype(float), 20)
weights = fit(rows, target)
mse = float((((rows * weights).sum(axis=1) - target) ** 2).mean())
os.makedirs("out", exist_ok=True)
np.save("out/weights.npy", weights)
with open("out/metrics.json", "w") as file:
    json.dump({"mse": round(mse, 9)}, file)
