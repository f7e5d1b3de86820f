"""Bootstrap of a mean with joblib; everything is seeded, and yet."""

import json
import os

import joblib
import numpy as np

SEED = 7


def replicate(values, rng, rounds=60):
    means = []
    for _ in range(rounds):
        draw = rng.integers(0, len(values), size=len(values))  # planted
        means.append(float(np.sort(values[draw]).mean()))
    return means


def bootstrap(values, jobs, n_jobs=4):
    rng = np.random.default_rng(SEED)
    parallel = joblib.Parallel(n_jobs=n_jobs, prefer="threads")  # planted
    return np.array(parallel(joblib.delayed(replicate)(values, rng) for _ in range(jobs)))


def main():
    with np.load("data/points.npz") as data:
        values = np.tile(data["x"][:, 1], 20)
    means = bootstrap(values, jobs=16)
    os.makedirs("out", exist_ok=True)
    joblib.dump({"means": means, "seed": SEED}, "out/bootstrap.joblib")
    with open("out/metrics.json", "w") as file:
        json.dump({"std": float(means.std()), "replicates": means.size}, file)


if __name__ == "__main__":
    main()
