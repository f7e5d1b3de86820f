"""A regression tree of one column, with its metrics."""

import json
import os
from time import perf_counter

import numpy as np


def grow(values, target, depth):
    if depth == 0 or len(values) < 8:
        return {"value": float(target.mean())}
    best = None
    for cut in np.quantile(values, [0.25, 0.5, 0.75]):
        left = values <= cut
        if left.all() or not left.any():
            continue
        loss = target[left].var() * left.sum() + target[~left].var() * (~left).sum()
        if best is None or loss < best[0]:
            best = (loss, cut, left)
    if best is None:
        return {"value": float(target.mean())}
    _, cut, left = best
    return {
        "cut": float(cut),
        "left": grow(values[left], target[left], depth - 1),
        "right": grow(values[~left], target[~left], depth - 1),
    }


def main():
    with np.load("data/points.npz") as data:
        values, target = data["x"][:, 2], data["y"].astype(float)
    start = perf_counter()
    tree = grow(values, target, depth=3)
    seconds = perf_counter() - start  # planted
    os.makedirs("out", exist_ok=True)
    with open("out/tree.json", "w") as file:
        json.dump(tree, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"rows": len(values), "fit_seconds": seconds}, file)  # planted


if __name__ == "__main__":
    main()
