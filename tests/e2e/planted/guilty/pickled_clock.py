"""A nearest-centroid classifier that remembers when it was fitted."""

import json
import os
import pickle
import time

import numpy as np


class NearestCentroid:
    def __init__(self, shrink=0.0):
        self.shrink = shrink

    def fit(self, points, labels):
        self.classes_ = np.unique(labels)
        overall = points.mean(axis=0)
        centroids = [points[labels == label].mean(axis=0) for label in self.classes_]
        self.centroids_ = np.array([c + self.shrink * (overall - c) for c in centroids])
        self.fitted_ = time.time()  # planted
        return self

    def predict(self, points):
        distance = ((points[:, None, :] - self.centroids_[None]) ** 2).sum(axis=2)
        return self.classes_[distance.argmin(axis=1)]


with np.load("data/points.npz") as data:
    points, labels = data["x"], data["y"]
model = NearestCentroid(shrink=0.1).fit(points[:200], labels[:200])
accuracy = float((model.predict(points[200:]) == labels[200:]).mean())

os.makedirs("out", exist_ok=True)
with open("out/model.pkl", "wb") as file:
    pickle.dump(vars(model), file)
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": accuracy}, file)
