# SPDX-License-Identifier: Apache-2.0
"""Fit the model and write it in two formats."""

import pickle
import tomllib
from pathlib import Path

import numpy as np
from ridge import fit, read_points, split


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    features = params["features"]
    inputs, truth = read_points(Path("data/points.csv"), features)
    train, _ = split(len(truth), params["split"]["test_fraction"], params["seed"])
    weights, intercept = fit(inputs[train], truth[train], params["ridge"])
    model = {"features": features, "intercept": intercept, "weights": weights}

    Path("out").mkdir(exist_ok=True)
    Path("out/model.pkl").write_bytes(pickle.dumps(model, protocol=5))
    np.savez("out/weights.npz", weights=weights, intercept=intercept)


if __name__ == "__main__":
    main()
