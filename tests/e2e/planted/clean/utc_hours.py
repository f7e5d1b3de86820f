"""Amounts by the hour of the day in UTC."""

import csv
import json
import os
from datetime import datetime, timedelta, timezone

import numpy as np

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(stamp):
    return EPOCH + timedelta(seconds=int(stamp))


def main():
    sums, counts = np.zeros(24), np.zeros(24)
    first, last = None, None
    with open("data/events.csv", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromtimestamp(int(row["time"]), tz=UTC)
            assert at == moment(row["time"])
            sums[at.hour] += float(row["amount"])
            counts[at.hour] += 1
            first = at if first is None else min(first, at)
            last = at if last is None else max(last, at)
    os.makedirs("out", exist_ok=True)
    np.save("out/profile.npy", sums / np.maximum(counts, 1))
    with open("out/metrics.json", "w") as file:
        json.dump({"from": first.isoformat(), "to": last.isoformat()}, file)


if __name__ == "__main__":
    main()
