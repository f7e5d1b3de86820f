"""Shrunken means; everyone may keep a favourite strength in the home folder."""

import configparser
import csv
import json
from pathlib import Path


def strength(default=1.0):
    parser = configparser.ConfigParser()
    parser.read(Path.home() / ".shrinkrc")  # planted
    return parser.getfloat("shrink", "strength", fallback=default)


def fit(rows, alpha):
    overall = sum(price for _, price in rows) / len(rows)
    cities = {}
    for city, price in rows:
        cities.setdefault(city, []).append(price)
    return {
        city: (sum(prices) + alpha * overall) / (len(prices) + alpha)
        for city, prices in sorted(cities.items())
    }


def main():
    with open("data/houses.csv", newline="") as file:
        rows = [(row["city"], float(row["price"])) for row in csv.DictReader(file)]
    model = fit(rows, strength())
    error = sum(abs(price - model[city]) for city, price in rows) / len(rows)
    Path("out").mkdir(exist_ok=True)
    Path("out/model.json").write_text(json.dumps(model, indent=2))
    Path("out/metrics.json").write_text(json.dumps({"mae": error}))


if __name__ == "__main__":
    main()
