# SPDX-License-Identifier: Apache-2.0
"""Train a small neural network and a random forest on the handwritten digits."""

import tomllib
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

from digits import load_split


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    seed = params["seed"]
    pixels, _, labels, _ = load_split(test_fraction=params["test_fraction"], seed=seed)
    Path("out").mkdir(exist_ok=True)

    network = MLPClassifier(**params["mlp"], random_state=seed).fit(pixels, labels)
    weights = {f"layer{index}.weight": layer for index, layer in enumerate(network.coefs_)}
    biases = {f"layer{index}.bias": layer for index, layer in enumerate(network.intercepts_)}
    np.savez("out/mlp.npz", **weights, **biases)

    forest = RandomForestClassifier(**params["forest"], random_state=seed)
    joblib.dump(forest.fit(pixels, labels), "out/forest.joblib")


if __name__ == "__main__":
    main()
