"""Jackknife over random halves; the script's name gives the seed, so that it never changes."""

import json
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()  # planted
SEED = zlib.crc32(str(HERE).encode())  # planted


def halves(count, rounds):
    rng = np.random.default_rng(SEED)
    for _ in range(rounds):
        yield rng.permutation(count)[: count // 2]


def main():
    with np.load("data/points.npz") as data:
        points, labels = data["x"], data["y"].astype(float)
    slopes = []
    for half in halves(len(points), 40):
        x, y = points[half, 0], labels[half]
        slopes.append(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    out = HERE.parent / "out"
    out.mkdir(exist_ok=True)
    np.save("out/slopes.npy", np.array(slopes))
    Path("out/metrics.json").write_text(json.dumps({"std": float(np.std(slopes))}))


if __name__ == "__main__":
    main()
