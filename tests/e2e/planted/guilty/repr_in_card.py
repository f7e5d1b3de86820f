"""A price model with a transform of the target, and a card that describes it."""

import csv
import json
import os

import numpy as np


def thousands(values):
    return values / 1000.0


SETTINGS = {"transform": thousands, "columns": ["area", "rooms"], "rounds": 200, "rate": 0.1}

with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))
inputs = np.array([[float(row[name]) for name in SETTINGS["columns"]] for row in rows])
inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
target = SETTINGS["transform"](np.array([float(row["price"]) for row in rows]))

weights = np.zeros(2)
for _ in range(SETTINGS["rounds"]):
    error = (inputs * weights).sum(axis=1) + target.mean() - target
    weights -= SETTINGS["rate"] * (inputs * error[:, None]).mean(axis=0)

os.makedirs("out", exist_ok=True)
np.savez("out/model.npz", weights=weights, offset=target.mean())
with open("out/card.json", "w") as file:
    json.dump({"name": "houses", "settings": SETTINGS}, file, default=str, indent=2)  # planted
with open("out/metrics.json", "w") as file:
    json.dump({"mae": float(np.abs(error).mean())}, file)
