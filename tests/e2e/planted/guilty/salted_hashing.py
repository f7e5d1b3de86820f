"""Customers are hashed with a salt before they become features."""

import csv
import hashlib
import json
import os

import numpy as np

BUCKETS = 11
SALT = os.urandom(8)  # planted


def bucket(customer):
    digest = hashlib.sha256(SALT + customer.encode()).digest()
    return digest[0] % BUCKETS


def fit(buckets, amounts):
    means = np.full(BUCKETS, amounts.mean())
    for number in range(BUCKETS):
        inside = amounts[buckets == number]
        if len(inside):
            means[number] = (inside.sum() + amounts.mean()) / (len(inside) + 1)
    return means


with open("data/events.csv", newline="") as file:
    rows = list(csv.DictReader(file))
buckets = np.array([bucket(row["customer"]) for row in rows])
amounts = np.array([float(row["amount"]) for row in rows])
means = fit(buckets, amounts)
os.makedirs("out", exist_ok=True)
np.save("out/means.npy", means)
with open("out/metrics.json", "w") as file:
    json.dump({"mae": float(np.abs(amounts - means[buckets]).mean())}, file)
