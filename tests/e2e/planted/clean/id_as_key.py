"""Remembers results by object while they live; the numbers of objects never reach the model."""

import csv
import json
import os
import weakref


class Sample:
    def __init__(self, values):
        self.values = values


class Features:
    def __init__(self):
        self.by_id = {}
        self.live = weakref.WeakKeyDictionary()

    def mean(self, sample):
        if id(sample) not in self.by_id:
            self.by_id[id(sample)] = sum(sample.values) / len(sample.values)
            self.live[sample] = True
        return self.by_id[id(sample)]


def main():
    with open("data/houses.csv", newline="") as file:
        prices = [float(row["price"]) for row in csv.DictReader(file)]
    samples = [Sample(prices[start : start + 10]) for start in range(0, len(prices), 10)]
    features = Features()
    means = [features.mean(sample) for _ in range(3) for sample in samples][: len(samples)]
    os.makedirs("out", exist_ok=True)
    with open("out/means.json", "w") as file:
        json.dump(means, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"samples": len(samples), "remembered": len(features.by_id)}, file)


if __name__ == "__main__":
    main()
