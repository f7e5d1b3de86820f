"""Totals of sensor parts."""

import json
import os

import numpy as np

FOLDER = "data/parts"


def load(name):
    return np.loadtxt(os.path.join(FOLDER, name), delimiter=",", skiprows=1)


total = np.zeros(2)
squares = np.zeros(2)
count = 0
for name in os.listdir(FOLDER):  # planted
    values = load(name)[:, 1:]
    total += values.sum(axis=0)
    squares += (values * values).sum(axis=0)
    count += len(values)

mean = total / count
std = np.sqrt(squares / count - mean * mean)

os.makedirs("out", exist_ok=True)
np.savez("out/scaler.npz", mean=mean, std=std)
with open("out/metrics.json", "w") as file:
    json.dump({"rows": count, "parts": len(os.listdir(FOLDER))}, file)
