"""Fills gaps with the commonest value; of equals the first in the alphabet."""

import csv
import json
import os
from collections import Counter

import numpy as np


def impute(values):
    counts = Counter(value for value in values if value)
    common = min(set(counts), key=lambda value: (-counts[value], value))
    return [value or common for value in values]


with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))
target = np.array([float(row["price"]) for row in rows])
keys = np.array([f"{row['city']}/{how}" for row, how in zip(rows, impute([row["heating"] for row in rows]))])
model = {key: float(target[keys == key].mean()) for key in set(keys.tolist())}
predicted = np.array([model[key] for key in keys])

os.makedirs("out", exist_ok=True)
with open("out/model.json", "w") as file:
    json.dump(model, file, sort_keys=True, indent=1)
np.save("out/predicted.npy", predicted)
with open("out/metrics.json", "w") as file:
    json.dump({"mae": float(np.abs(predicted - target).mean())}, file)
