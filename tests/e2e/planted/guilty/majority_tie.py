"""Fills gaps with the commonest value, then predicts a price by group means."""

import csv
import json
import os

import numpy as np


def impute(values):
    known = [value for value in values if value]
    common = max(set(known), key=known.count)  # planted
    return [value or common for value in values]


def group_means(keys, target):
    return {key: float(target[np.array(keys) == key].mean()) for key in sorted(set(keys))}


with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))

target = np.array([float(row["price"]) for row in rows])
heating = impute([row["heating"] for row in rows])
city = [row["city"] for row in rows]
keys = [f"{where}/{how}" for where, how in zip(city, heating)]

model = group_means(keys, target)
predicted = np.array([model[key] for key in keys])

os.makedirs("out", exist_ok=True)
with open("out/model.json", "w") as file:
    json.dump(model, file, indent=2, sort_keys=True)
np.save("out/predicted.npy", predicted)
with open("out/metrics.json", "w") as file:
    json.dump({"mae": float(np.abs(predicted - target).mean())}, file)
