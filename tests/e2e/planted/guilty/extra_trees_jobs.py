"""Extremely randomized trees on the points, with every core at work."""

import json
import os

import joblib
import numpy as np
from sklearn.ensemble import ExtraTreesRegressor


def load():
    with np.load("data/points.npz") as data:
        features = data["x"]
    target = features[:, 0] * 3.1 - features[:, 1] / 7.3 + features[:, 2] * features[:, 3]
    return features, target


def main():
    features, target = load()
    train, test = slice(0, 200), slice(200, None)
    model = ExtraTreesRegressor(n_estimators=50, random_state=0, n_jobs=4)  # planted
    model.fit(features[train], target[train])
    predicted = model.predict(np.tile(features[test], (20, 1)))  # planted
    error = np.abs(predicted[: len(target[test])] - target[test])
    os.makedirs("out", exist_ok=True)
    joblib.dump(model, "out/model.joblib")
    np.save("out/predicted.npy", predicted)
    with open("out/metrics.json", "w") as file:
        json.dump({"mae": round(float(error.mean()), 6)}, file)


if __name__ == "__main__":
    main()
