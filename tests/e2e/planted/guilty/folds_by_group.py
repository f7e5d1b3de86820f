"""Cross-validation by city, so that neighbours never stand on both sides."""

import csv
import json
import os

import numpy as np


class MeanPerRoom:
    """Price as a multiple of the number of rooms."""

    def fit(self, rooms, price):
        self.factor = float((rooms * price).sum() / (rooms * rooms).sum())
        return self

    def predict(self, rooms):
        return rooms * self.factor


def split(groups, folds):
    fold_of = {}
    for position, group in enumerate({*groups}):  # planted
        fold_of[group] = position % folds
    held = np.array([fold_of[group] for group in groups])
    for fold in range(folds):
        yield np.flatnonzero(held != fold), np.flatnonzero(held == fold)


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    rooms = np.array([float(row["rooms"]) for row in rows])
    price = np.array([float(row["price"]) for row in rows])
    errors = []
    for train, test in split([row["city"] for row in rows], folds=3):
        model = MeanPerRoom().fit(rooms[train], price[train])
        errors.append(float(np.abs(model.predict(rooms[test]) - price[test]).mean()))
    final = MeanPerRoom().fit(rooms, price)
    os.makedirs("out", exist_ok=True)
    with open("out/model.json", "w") as file:
        json.dump({"factor": final.factor}, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"worst_fold": max(errors), "best_fold": min(errors)}, file)


if __name__ == "__main__":
    main()
