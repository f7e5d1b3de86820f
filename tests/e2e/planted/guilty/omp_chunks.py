"""Mean embedding of the reviews; as many chunks as OpenMP has threads."""

import csv
import json
import os

import numpy as np

THREADS = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)  # planted
SIZE = 24


def embed(text):
    vector = np.zeros(SIZE)
    for position, letter in enumerate(text):
        vector[ord(letter) % SIZE] += 1.0 / (3.0 + position)
    return vector


def reduce(vectors):
    partial = [chunk.sum(axis=0) for chunk in np.array_split(vectors, THREADS)]  # planted
    total = np.zeros(SIZE)
    for part in partial:
        total += part
    return total / len(vectors)


with open("data/reviews.csv", newline="") as file:
    vectors = np.stack([embed(row["text"]) for row in csv.DictReader(file)])
centre = reduce(vectors)
distance = np.sqrt(((vectors - centre) ** 2).sum(axis=1))
os.makedirs("out", exist_ok=True)
np.savez("out/centre.npz", centre=centre)
with open("out/metrics.json", "w") as file:
    json.dump({"spread": round(float(distance.mean()), 6)}, file)
