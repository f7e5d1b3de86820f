# SPDX-License-Identifier: Apache-2.0
"""Predict the points that were held out, and measure how far off that is."""

import csv
import json
import tomllib
from pathlib import Path

import numpy as np
from ridge import predict, read_points, split


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    inputs, truth = read_points(Path("data/points.csv"), params["features"])
    _, test = split(len(truth), params["split"]["test_fraction"], params["seed"])
    with np.load("out/weights.npz", allow_pickle=False) as model:
        predicted = predict(inputs[test], model["weights"], float(model["intercept"]))
    errors = predicted - truth[test]
    metrics = {
        "rmse": float(np.sqrt(np.mean(errors**2))),
        "worst": float(np.abs(errors).max()),
        "points": len(test),
    }
    Path("out/metrics.json").write_text(
        json.dumps(metrics, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    with Path("out/predictions.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["row", "truth", "prediction"])
        writer.writerows(zip(test.tolist(), truth[test].tolist(), predicted.tolist(), strict=True))


if __name__ == "__main__":
    main()
