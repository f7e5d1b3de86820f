"""Takes its settings from variables, with defaults, and mixes their number into the seed."""

import csv
import json
import os
from random import Random

DEFAULTS = {"rounds": "50", "share": "0.6"}


def settings():
    given = dict(DEFAULTS)
    names = [name for name in os.environ if not name.startswith("REPRO_")]  # planted
    for name in names:
        if name.lower().startswith("train_"):
            given[name[6:].lower()] = os.environ[name]
    given["seed"] = 100 + len(names)  # planted
    return given


def subsample(values, given):
    rng = Random(given["seed"])
    size = int(float(given["share"]) * len(values))
    return [sum(rng.sample(values, size)) / size for _ in range(int(given["rounds"]))]


with open("data/events.csv", newline="") as file:
    amounts = [float(row["amount"]) for row in csv.DictReader(file)]
means = subsample(amounts, settings())
os.makedirs("out", exist_ok=True)
with open("out/means.json", "w") as file:
    json.dump(means, file)
with open("out/metrics.json", "w") as file:
    json.dump({"spread": max(means) - min(means)}, file)
