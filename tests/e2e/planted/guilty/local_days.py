"""Gap between purchases in whole days, from local dates."""

import csv
import json
import time
from pathlib import Path


def day(stamp):
    return time.strftime("%Y-%m-%d", time.localtime(stamp))  # planted


def visits(path):
    held = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            held.setdefault(row["customer"], set()).add(day(int(row["time"])))
    return {customer: sorted(days) for customer, days in sorted(held.items())}


def main():
    days = visits("data/events.csv")
    loyalty = {customer: len(seen) for customer, seen in days.items()}
    Path("out").mkdir(exist_ok=True)
    Path("out/days.json").write_text(json.dumps(days, indent=1))
    Path("out/metrics.json").write_text(json.dumps({"visits": sum(loyalty.values())}))


if __name__ == "__main__":
    main()
