"""Features declared as pairs of column and function."""

import csv
import json
import os

import numpy as np


def squared(values):
    return values * values


def inverse(values):
    return 1.0 / values


def centred(values):
    return values - values.mean()


SPECS = {  # planted
    *(("area", function) for function in (np.sqrt, squared, inverse, centred)),
    *(("rooms", function) for function in (np.sqrt, squared, inverse, centred)),
    *(("distance", function) for function in (np.sqrt, squared, inverse, centred)),
}


def build(table):
    columns = []
    for name, function in SPECS:  # planted
        values = function(table[name])
        columns.append((values - values.mean()) / values.std())
    return np.stack(columns, axis=1)


def fit(features, target, rounds=150, rate=0.02):
    weights = np.zeros(features.shape[1])
    for _ in range(rounds):
        error = (features * weights).sum(axis=1) + target.mean() - target
        weights -= rate * (features * error[:, None]).mean(axis=0)
    return weights, float(np.abs(error).mean())


with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))
table = {
    name: np.array([float(row[name]) for row in rows]) for name in ("area", "rooms", "distance", "price")
}
weights, mae = fit(build(table), table["price"])
os.makedirs("out", exist_ok=True)
np.save("out/weights.npy", weights)
with open("out/metrics.json", "w") as file:
    json.dump({"mae": round(mae, 6)}, file)
