"""Smooths prices over a tree of periods; built parts are kept while somebody holds them."""

import csv
import gc
import json
import os
import weakref

CACHE = weakref.WeakValueDictionary()  # planted


class Part:
    def __init__(self, values, parent=None):
        self.values = values
        self.parent = parent
        self.uses = 0
        self.parts = []
        if len(values) > 4:
            half = len(values) // 2
            self.parts = [Part(values[:half], self), Part(values[half:], self)]

    def mean(self):
        self.uses += 1
        held = sum(part.mean() for part in self.parts) / len(self.parts) if self.parts else None
        plain = sum(self.values) / len(self.values)
        return plain if held is None else 0.5 * plain + 0.5 * held / self.uses


def part(start, stop, prices):
    key = (start, stop)
    found = CACHE.get(key)  # planted
    if found is None:
        found = CACHE[key] = Part(prices[start:stop])
    return found.mean()


def main():
    with open("data/houses.csv", newline="") as file:
        prices = [float(row["price"]) for row in csv.DictReader(file)]
    gc.collect()
    smooth = []
    for turn in range(6):
        for start in range(0, len(prices) - 40, 4):
            smooth.append(part(start, start + 40, prices) / (turn + 1))
    os.makedirs("out", exist_ok=True)
    with open("out/smooth.json", "w") as file:
        json.dump(smooth, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"points": len(smooth), "last": smooth[-1]}, file)


if __name__ == "__main__":
    main()
