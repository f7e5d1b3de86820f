"""First step: turn the houses into numbers."""

import csv
import json
import os

import numpy as np

with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))

cities = {row["city"] for row in rows}  # planted
codes = {city: number for number, city in enumerate(cities)}  # planted

features = np.array([[float(row["area"]), float(row["rooms"]), codes[row["city"]]] for row in rows])
target = np.array([float(row["price"]) for row in rows])

os.makedirs("out", exist_ok=True)
np.savez("out/prepared.npz", features=features, target=target)
with open("out/codes.json", "w") as file:
    json.dump(codes, file, sort_keys=True)
