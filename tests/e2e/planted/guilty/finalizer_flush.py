"""Running totals, written down whenever a buffer is given up."""

import csv
import gc
import json
from pathlib import Path

TOTALS = []


class Buffer:
    def __init__(self, limit):
        self.limit = limit
        self.rows = []
        self.flush_later = self.flush

    def add(self, value):
        self.rows.append(value)
        return len(self.rows) < self.limit

    def flush(self):
        if self.rows:
            TOTALS.append(sum(self.rows))  # planted
            self.rows = []

    def __del__(self):  # planted
        self.flush()


def weigh(values):
    """Exponential mean of the totals known so far, a point a value."""
    buffer = Buffer(5)
    curve = []
    for value in values:
        if not buffer.add(value):
            buffer = Buffer(5)
        mean = 0.0
        for total in TOTALS[-20:]:
            mean = 0.8 * mean + 0.2 * total
        curve.append(mean)
    return curve


def main():
    with open("data/events.csv", newline="") as file:
        amounts = [float(row["amount"]) for row in csv.DictReader(file)]
    gc.collect()
    curve = weigh(amounts * 40)
    Path("out").mkdir(exist_ok=True)
    Path("out/curve.json").write_text(json.dumps(curve[::50]))
    Path("out/metrics.json").write_text(json.dumps({"last": curve[-1]}))


if __name__ == "__main__":
    main()
