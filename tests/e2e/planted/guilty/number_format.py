"""Predictions as people read them."""

import csv
import json
import locale
import os

COMMA = {"de", "fr", "es", "it", "tr", "pt", "ru"}


def decimal_point():
    tag = os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"  # planted
    if tag[:2] in COMMA:  # planted
        return ","
    return locale.localeconv()["decimal_point"]


def show(value, point):
    return f"{value:.2f}".replace(".", point)


def main():
    with open("data/houses.csv", newline="") as file:
        rows = [(row["city"], float(row["price"]) / float(row["area"])) for row in csv.DictReader(file)]
    point = decimal_point()
    os.makedirs("out", exist_ok=True)
    with open("out/per_area.csv", "w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["city", "price per area"])
        writer.writerows((city, show(value, point)) for city, value in rows)
    with open("out/metrics.json", "w") as file:
        json.dump({"mean": sum(value for _, value in rows) / len(rows)}, file)


if __name__ == "__main__":
    main()
