"""Column statistics, a thread a slice of the rows."""

import json
import threading
from pathlib import Path

import numpy as np

slices = []


def work(rows, seed):
    rng = np.random.default_rng(seed)
    resampled = np.stack([rows[rng.integers(0, len(rows), len(rows))].mean(axis=0) for _ in range(300)])
    slices.append(np.sort(resampled, axis=0))  # planted


with np.load("data/points.npz") as data:
    points = data["x"]

threads = [
    threading.Thread(target=work, args=(rows, seed)) for seed, rows in enumerate(np.array_split(points, 10))
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

table = np.concatenate(slices)
low, high = np.quantile(table, [0.05, 0.95], axis=0)

Path("out").mkdir(exist_ok=True)
np.savez("out/statistics.npz", table=table, low=low, high=high)
Path("out/metrics.json").write_text(json.dumps({"rows": len(table), "slices": len(slices)}))
