"""Scaler over sensor parts, read in the order of their names."""

import json
import os

import numpy as np

FOLDER = "data/parts"

total = np.zeros(2)
squares = np.zeros(2)
count = 0
for name in sorted(os.listdir(FOLDER)):
    values = np.loadtxt(os.path.join(FOLDER, name), delimiter=",", skiprows=1)[:, 1:]
    total += values.sum(axis=0)
    squares += (values * values).sum(axis=0)
    count += len(values)

mean = total / count
std = np.sqrt(squares / count - mean * mean)

os.makedirs("out", exist_ok=True)
np.savez("out/scaler.npz", mean=mean, std=std)
with open("out/metrics.json", "w") as file:
    json.dump({"rows": count, "parts": len(os.listdir(FOLDER))}, file)
