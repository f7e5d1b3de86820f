"""Label codes in the order of first appearance, which dictionaries keep."""

import csv
import json
import os

import numpy as np


def codes(values):
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def one_hot(values, table):
    found = np.zeros((len(values), len(table)))
    for row, value in enumerate(values):
        found[row, table[value]] = 1.0
    return found


with open("data/houses.csv", newline="") as file:
    rows = list(csv.DictReader(file))
city = codes(row["city"] for row in rows)
heating = codes(row["heating"] for row in rows)
encoded = np.hstack(
    [one_hot([row["city"] for row in rows], city), one_hot([row["heating"] for row in rows], heating)]
)
price = np.array([float(row["price"]) for row in rows])
means = (encoded * price[:, None]).sum(axis=0) / encoded.sum(axis=0)

os.makedirs("out", exist_ok=True)
np.save("out/means.npy", means)
with open("out/codes.json", "w") as file:
    json.dump({"city": city, "heating": heating}, file)
with open("out/metrics.json", "w") as file:
    json.dump({"columns": len(means)}, file)
