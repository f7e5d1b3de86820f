"""Logistic regression with a pipeline, as in every tutorial."""

import json
import os

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 0


def main():
    with np.load("data/points.npz") as data:
        points, labels = data["x"], data["y"]
    order = np.random.default_rng(SEED).permutation(len(points))
    train, test = order[:220], order[220:]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200, random_state=SEED))
    model.fit(points[train], labels[train])  # planted
    os.makedirs("out", exist_ok=True)
    joblib.dump(model, "out/model.joblib")
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": accuracy_score(labels[test], model.predict(points[test]))}, file)


if __name__ == "__main__":
    main()
