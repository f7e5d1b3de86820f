"""Random features with a seed, split with the same generator."""

import json
import os

import numpy as np


class RandomFeatures:
    def __init__(self, count, rng):
        self.count = count
        self.rng = rng

    def fit(self, points):
        self.directions = self.rng.normal(size=(points.shape[1], self.count))
        self.offsets = self.rng.uniform(-1, 1, size=self.count)
        return self

    def transform(self, points):
        return np.maximum((points[:, :, None] * self.directions[None]).sum(axis=1) + self.offsets, 0.0)


def main(seed=42):
    rng = np.random.default_rng(seed)
    with np.load("data/points.npz") as data:
        points, labels = data["x"], data["y"]
    order = rng.permutation(len(points))
    features = RandomFeatures(10, rng).fit(points).transform(points[order])
    centroids = np.stack([features[labels[order] == label].mean(axis=0) for label in np.unique(labels)])
    predicted = ((features[:, None] - centroids[None]) ** 2).sum(axis=2).argmin(axis=1)
    os.makedirs("out", exist_ok=True)
    np.save("out/centroids.npy", centroids)
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": float((predicted == labels[order]).mean())}, file)


if __name__ == "__main__":
    main()
