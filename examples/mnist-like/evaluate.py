# SPDX-License-Identifier: Apache-2.0
"""Measure the saved network on the test digits and write down its chances for each."""

import csv
import json
import tomllib
from pathlib import Path

import keras
import numpy as np

from digits import load_split


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    _, images, _, labels = load_split(test_fraction=params["test_fraction"], seed=params["seed"])
    network = keras.saving.load_model("out/network.keras")
    chances = network.predict(images, batch_size=len(images), verbose=0)
    guesses = chances.argmax(axis=1)
    right = chances[np.arange(len(labels)), labels].astype(np.float64)
    metrics = {
        "accuracy": float((guesses == labels).mean()),
        "log_loss": float(-np.log(right).mean()),
        "test_digits": len(labels),
    }
    text = json.dumps(metrics, indent=2, sort_keys=True, allow_nan=False)
    Path("out/metrics.json").write_text(text + "\n", encoding="utf-8")
    with Path("out/predictions.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["truth", "guess", *(f"chance_of_{digit}" for digit in range(10))])
        for truth, guess, row in zip(labels.tolist(), guesses.tolist(), chances.tolist(), strict=True):
            writer.writerow([truth, guess, *row])


if __name__ == "__main__":
    main()
