"""Codes of heating systems in the order of a dictionary."""

import csv
import json
import locale
from pathlib import Path

try:
    locale.setlocale(locale.LC_COLLATE, "")  # planted
except locale.Error:
    locale.setlocale(locale.LC_COLLATE, "C")


def codes(names):
    ordered = sorted(names, key=locale.strxfrm)  # planted
    return {name: number for number, name in enumerate(ordered)}


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row["heating"].title() if number % 3 else row["heating"] for number, row in enumerate(rows)}
    table = codes(names)
    encoded = [table.get(row["heating"], -1) for row in rows]
    Path("out").mkdir(exist_ok=True)
    Path("out/codes.json").write_text(json.dumps(table))
    Path("out/encoded.json").write_text(json.dumps(encoded))
    Path("out/metrics.json").write_text(json.dumps({"codes": len(table)}))


if __name__ == "__main__":
    main()
