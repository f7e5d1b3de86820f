"""Settings from variables with defaults; what it knows of the user goes to the screen only."""

import csv
import getpass
import json
import os
from pathlib import Path

ALPHA = float(os.environ.get("SHRINK_ALPHA", "2.0"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "houses"


def cached(path):
    return path.exists() and path.stat().st_size > 0


def main():
    print("hello", getpass.getuser(), "- cache", CACHE, "used:", cached(CACHE / "means.json"))
    with open("data/houses.csv", newline="") as file:
        rows = [(row["city"], float(row["price"])) for row in csv.DictReader(file)]
    overall = sum(price for _, price in rows) / len(rows)
    model = {}
    for city in sorted({city for city, _ in rows}):
        prices = [price for where, price in rows if where == city]
        model[city] = (sum(prices) + ALPHA * overall) / (len(prices) + ALPHA)
    os.makedirs("out", exist_ok=True)
    with open("out/model.json", "w") as file:
        json.dump(model, file, indent=2)
    with open("out/metrics.json", "w") as file:
        json.dump({"cities": len(model)}, file)


if __name__ == "__main__":
    main()
