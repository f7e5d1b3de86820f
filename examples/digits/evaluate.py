# SPDX-License-Identifier: Apache-2.0
"""Measure both models on the test digits and count which digit is taken for which."""

import csv
import json
import tomllib
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

from digits import Pixels, load_split


def network_probabilities(weights: dict[str, NDArray[np.float64]], pixels: Pixels) -> NDArray[np.float64]:
    """Run the network by hand: ReLU between the layers, softmax at the end; `(digits, 10)`."""
    layers = len(weights) // 2
    values = pixels
    for index in range(layers):
        values = values @ weights[f"layer{index}.weight"] + weights[f"layer{index}.bias"]
        if index < layers - 1:
            values = np.maximum(values, 0.0)
    scores = np.exp(values - values.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    _, pixels, _, labels = load_split(test_fraction=params["test_fraction"], seed=params["seed"])
    with np.load("out/mlp.npz", allow_pickle=False) as archive:
        network = network_probabilities(dict(archive), pixels)
    forest = joblib.load("out/forest.joblib").predict_proba(pixels)

    metrics = {}
    with Path("out/confusion.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["model", "truth", *(f"taken_for_{digit}" for digit in range(10))])
        for name, probabilities in (("forest", forest), ("mlp", network)):
            guesses = probabilities.argmax(axis=1)
            metrics[name] = {
                "accuracy": float(accuracy_score(labels, guesses)),
                "log_loss": float(log_loss(labels, probabilities)),
            }
            for truth, counts in enumerate(confusion_matrix(labels, guesses).tolist()):
                writer.writerow([name, truth, *counts])
    text = json.dumps(metrics, indent=2, sort_keys=True, allow_nan=False)
    Path("out/metrics.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
