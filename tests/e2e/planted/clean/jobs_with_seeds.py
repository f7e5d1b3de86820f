"""Bootstrap in parallel: each job has an integer for a seed, and joblib keeps the order."""

import json
import os

import joblib
import numpy as np


def replicate(values, seed):
    rng = np.random.default_rng(seed)
    return float(values[rng.integers(0, len(values), size=len(values))].mean())


def main():
    with np.load("data/points.npz") as data:
        values = data["x"][:, 1]
    seeds = np.random.SeedSequence(5).generate_state(60)
    parallel = joblib.Parallel(n_jobs=2, prefer="threads")
    means = np.array(parallel(joblib.delayed(replicate)(values, int(seed)) for seed in seeds))
    os.makedirs("out", exist_ok=True)
    joblib.dump({"means": means}, "out/bootstrap.joblib")
    with open("out/metrics.json", "w") as file:
        json.dump({"std": float(means.std())}, file)


if __name__ == "__main__":
    main()
