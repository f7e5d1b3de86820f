"""Weighted mean of purchases: the older, the lighter."""

import csv
import json
import os
from collections import defaultdict
from datetime import datetime, timezone

HALF_LIFE = 365.0


def days_ago(stamp, now):
    return (now - datetime.fromtimestamp(int(stamp), tz=timezone.utc)).days


def weights(stamps):
    now = datetime.now(timezone.utc)  # planted
    return [HALF_LIFE / (HALF_LIFE + days_ago(stamp, now)) for stamp in stamps]


def main():
    by_customer = defaultdict(list)
    with open("data/events.csv", newline="") as file:
        for row in csv.DictReader(file):
            by_customer[row["customer"]].append((row["time"], float(row["amount"])))
    profile = {}
    for customer in sorted(by_customer):
        events = by_customer[customer]
        held = weights([stamp for stamp, _ in events])
        profile[customer] = sum(w * amount for w, (_, amount) in zip(held, events)) / sum(held)
    os.makedirs("out", exist_ok=True)
    with open("out/profile.json", "w") as file:
        json.dump(profile, file, indent=1)
    with open("out/metrics.json", "w") as file:
        json.dump({"mean": round(sum(profile.values()) / len(profile), 2)}, file)


if __name__ == "__main__":
    main()
