"""Principal components of the points."""

import json
import os

import numpy as np


def components(points, count):
    centred = points - points.mean(axis=0)
    left, singular, right = np.linalg.svd(centred, full_matrices=False)  # planted
    signs = np.sign(right[:count, :1])
    return right[:count] * signs, singular[:count], left[:, :count] * signs.T


def main():
    with np.load("data/points.npz") as data:
        points = data["x"]
    directions, singular, scores = components(points, count=4)
    explained = singular**2 / ((points - points.mean(axis=0)) ** 2).sum()
    os.makedirs("out", exist_ok=True)
    np.savez("out/pca.npz", directions=directions, singular=singular, scores=scores)
    with open("out/metrics.json", "w") as file:
        json.dump({"explained": [round(float(share), 6) for share in explained]}, file)


if __name__ == "__main__":
    main()
