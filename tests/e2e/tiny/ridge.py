# SPDX-License-Identifier: Apache-2.0
"""Ridge regression in closed form: weights = (XᵀX + ridge·I)⁻¹ Xᵀy."""

import csv
from pathlib import Path

import numpy as np


def read_points(path: Path, features: list[str]):
    with path.open(newline="", encoding="utf-8") as lines:
        records = list(csv.DictReader(lines))
    inputs = np.array([[float(record[name]) for name in features] for record in records])
    return inputs, np.array([float(record["y"]) for record in records])


def split(count: int, test_fraction: float, seed: int):
    order = np.random.default_rng(seed).permutation(count)
    tested = round(count * test_fraction)
    return np.sort(order[tested:]), np.sort(order[:tested])


def fit(inputs, truth, ridge: float):
    centre, offset = inputs.mean(axis=0), truth.mean()
    shifted = inputs - centre
    gram = shifted.T @ shifted + ridge * np.eye(inputs.shape[1])
    weights = np.linalg.solve(gram, shifted.T @ (truth - offset))
    return weights, float(offset - centre @ weights)


def predict(inputs, weights, intercept: float):
    return inputs @ weights + intercept
