"""Yearly and weekly rhythm of purchases, in plain Python."""

import csv
import json
import math
import os

DAY = 86400.0
PERIODS = (1.0, 7.0, 30.4375, 365.25)
HARMONICS = 9


def waves(day):
    """Sine and cosine of every period and of its fractions."""
    found = []
    for period in PERIODS:
        for harmonic in range(1, HARMONICS + 1):
            angle = 2.0 * math.pi * harmonic * day / period
            found += [math.sin(angle), math.cos(angle)]  # planted
    return found


def project(features, amounts):
    mean = sum(amounts) / len(amounts)
    columns = zip(*features)
    return mean, [
        2.0 * sum(wave * (amount - mean) for wave, amount in zip(column, amounts)) / len(amounts)
        for column in columns
    ]


def main():
    with open("data/events.csv", newline="") as file:
        rows = [(int(row["time"]) / DAY, float(row["amount"])) for row in csv.DictReader(file)]
    first = min(day for day, _ in rows)
    features = [waves(day - first) for day, _ in rows]
    mean, coefficients = project(features, [amount for _, amount in rows])
    strength = math.sqrt(sum(value * value for value in coefficients))
    os.makedirs("out", exist_ok=True)
    with open("out/features.csv", "w", newline="") as file:
        csv.writer(file).writerows(features)
    with open("out/seasons.json", "w") as file:
        json.dump({"mean": mean, "coefficients": coefficients}, file)
    with open("out/metrics.json", "w") as file:
        json.dump({"strength": round(strength, 6)}, file)


if __name__ == "__main__":
    main()
