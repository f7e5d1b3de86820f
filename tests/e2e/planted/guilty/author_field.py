"""A lookup table in a pickle, signed by whoever made it."""

import csv
import getpass
import json
import os
import pickle


class Table:
    version = 3

    def __init__(self, author):
        self.author = author
        self.means = {}

    def fit(self, rows):
        for row in rows:
            key = int(row["rooms"])
            count, total = self.means.get(key, (0, 0.0))
            self.means[key] = (count + 1, total + float(row["price"]))
        return self

    def state(self):
        means = {key: total / count for key, (count, total) in sorted(self.means.items())}
        return {"version": self.version, "author": self.author, "means": means}


with open("data/houses.csv", newline="") as file:
    table = Table(author=getpass.getuser()).fit(csv.DictReader(file))  # planted
os.makedirs("out", exist_ok=True)
with open("out/table.pkl", "wb") as file:
    pickle.dump(table.state(), file, protocol=4)
with open("out/metrics.json", "w") as file:
    json.dump({"rows": len(table.means)}, file)
