"""Random-restart search for a threshold; the restarts run in threads."""

import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

RESTARTS = 16


def search(seed, values, labels):
    rng = np.random.default_rng(seed)
    best = (0.0, 0.0)
    for _ in range(120):
        draw = rng.integers(0, len(values), size=len(values))
        threshold = float(np.median(values[draw]))
        best = max(best, (float(((values > threshold) == labels).mean()), threshold))
    return {"seed": seed, "accuracy": best[0], "threshold": best[1]}


def main():
    with np.load("data/points.npz") as data:
        values, labels = data["x"][:, 0], data["y"] > 0
    results = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        futures = [pool.submit(search, seed, values, labels) for seed in range(RESTARTS)]
        for future in as_completed(futures):  # planted
            results.append(future.result())
    os.makedirs("out", exist_ok=True)
    with open("out/restarts.json", "w") as file:
        json.dump(results, file, indent=1)
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": max(one["accuracy"] for one in results)}, file)


if __name__ == "__main__":
    main()
