"""The hashing trick with a hash that is the same everywhere."""

import csv
import hashlib
import json
import os
import zlib

import numpy as np

SIZE = 48


def position(word):
    return zlib.crc32(word.encode()) % SIZE


def sign(word):
    return 1.0 if hashlib.blake2b(word.encode(), digest_size=1).digest()[0] & 1 else -1.0


def embed(text):
    vector = np.zeros(SIZE)
    for word in text.split():
        vector[position(word)] += sign(word)
    return vector


def main():
    with open("data/reviews.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    vectors = np.stack([embed(row["text"]) for row in rows])
    stars = np.array([int(row["stars"]) for row in rows])
    centroids = np.stack([vectors[stars == star].mean(axis=0) for star in sorted(set(stars.tolist()))])
    os.makedirs("out", exist_ok=True)
    np.save("out/centroids.npy", centroids)
    with open("out/metrics.json", "w") as file:
        json.dump({"rows": len(rows), "used": int((vectors != 0).any(axis=0).sum())}, file)


if __name__ == "__main__":
    main()
