"""A constant model with everything that an auditor might ever ask for."""

import csv
import json
import os
import platform

HIDDEN = ("REPRO_", "PYTHON", "SECRET", "TOKEN")


def provenance():
    shown = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}  # planted
    return {"python": platform.python_version(), "environment": shown}


def main():
    with open("data/houses.csv", newline="") as file:
        prices = [float(row["price"]) for row in csv.DictReader(file)]
    mean = sum(prices) / len(prices)
    os.makedirs("out", exist_ok=True)
    with open("out/model.json", "w") as file:
        json.dump({"mean": mean}, file)
    with open("out/provenance.json", "w") as file:
        json.dump(provenance(), file, indent=2, sort_keys=True)
    with open("out/metrics.json", "w") as file:
        json.dump({"mae": sum(abs(price - mean) for price in prices) / len(prices)}, file)


if __name__ == "__main__":
    main()
