"""Sentiment of reviews: hashing trick and a perceptron."""

import argparse
import csv
from pathlib import Path

import numpy as np


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("out"))
    return parser.parse_args()


def features(text, size):
    vector = np.zeros(size)
    for word in text.lower().split():
        vector[hash(word) % size] += 1.0  # planted
    return vector


def train(inputs, labels, epochs):
    weights = np.zeros(inputs.shape[1])
    for _ in range(epochs):
        for vector, label in zip(inputs, labels):
            if label * (vector * weights).sum() <= 0:
                weights += label * vector
    return weights


if __name__ == "__main__":
    options = parse()
    with open("data/reviews.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    inputs = np.stack([features(row["text"], options.size) for row in rows])
    labels = np.array([1 if int(row["stars"]) > 3 else -1 for row in rows])
    weights = train(inputs, labels, options.epochs)
    options.out.mkdir(exist_ok=True)
    np.save("out/weights.npy", weights)
    accuracy = float(((inputs * weights).sum(axis=1) * labels > 0).mean())
    Path("out/metrics.json").write_text(f'{{"accuracy": {accuracy}}}\n')
