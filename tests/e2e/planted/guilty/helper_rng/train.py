"""Trains a tiny network on the points."""

import json
import os

import numpy as np
from network import Network

EPOCHS = 30


def main():
    with np.load("data/points.npz") as data:
        points, labels = data["x"], data["y"]
    target = (labels > labels.mean()).astype(float)
    network = Network(points.shape[1], hidden=5)
    for _ in range(EPOCHS):
        network.step(points, target, rate=0.05)
    predicted = network.forward(points)
    os.makedirs("out", exist_ok=True)
    np.savez("out/network.npz", first=network.first, second=network.second)
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": float(((predicted > 0.5) == (target > 0.5)).mean())}, file)


if __name__ == "__main__":
    main()
