"""A price list with a header for spreadsheets, which want to know the language."""

import csv
import json
import locale
import os


def language():
    try:
        locale.setlocale(locale.LC_ALL, "")  # planted
    except locale.Error:
        return "C"
    return locale.setlocale(locale.LC_ALL)  # planted


def bands(prices, count=4):
    ordered = sorted(prices)
    return [ordered[i * len(ordered) // count] for i in range(count)]


def main():
    with open("data/houses.csv", newline="") as file:
        prices = [float(row["price"]) for row in csv.DictReader(file)]
    limits = bands(prices)
    os.makedirs("out", exist_ok=True)
    with open("out/bands.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["band", "from", f"language={language()}"])
        writer.writerows((number, limit, "") for number, limit in enumerate(limits))
    with open("out/metrics.json", "w") as file:
        json.dump({"bands": len(limits), "median": limits[2]}, file)


if __name__ == "__main__":
    main()
