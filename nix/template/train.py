"""Fit a line through the points and write it down, with how well it fits."""

import json
import tomllib
from pathlib import Path

import numpy as np


def main() -> None:
    ridge = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))["ridge"]
    table = np.loadtxt("data/points.csv", delimiter=",", skiprows=1)
    inputs, truth = table[:, :-1], table[:, -1]
    design = np.column_stack([inputs, np.ones(len(inputs))])
    weights = np.linalg.solve(design.T @ design + ridge * np.eye(design.shape[1]), design.T @ truth)
    error = float(np.sqrt(np.mean((design @ weights - truth) ** 2)))

    Path("out").mkdir(exist_ok=True)
    np.save("out/weights.npy", weights)
    Path("out/metrics.json").write_text(json.dumps({"rmse": error}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
