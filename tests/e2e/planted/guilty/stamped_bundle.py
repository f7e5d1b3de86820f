"""Packs weights and a readme into one file to hand out."""

import csv
import io
import json
import os
import time
import zipfile

import numpy as np

README = """\
House prices by city.
Rows: {rows}
Built: {built}
"""


def fit(rows):
    cities = sorted({row["city"] for row in rows})
    prices = {city: [float(row["price"]) for row in rows if row["city"] == city] for city in cities}
    return cities, np.array([sum(prices[city]) / len(prices[city]) for city in cities])


def pack(path, cities, means, rows):
    buffer = io.BytesIO()
    np.save(buffer, means)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("means.npy", buffer.getvalue())
        bundle.writestr("cities.json", json.dumps(cities))
        bundle.writestr("README.txt", README.format(rows=len(rows), built=time.ctime()))  # planted


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    cities, means = fit(rows)
    os.makedirs("out", exist_ok=True)
    pack("out/model.zip", cities, means, rows)
    with open("out/metrics.json", "w") as file:
        json.dump({"cities": len(cities), "highest": float(means.max())}, file)


if __name__ == "__main__":
    main()
