"""Packs a model with the date that reproducible archives have."""

import csv
import io
import json
import os
import time
import zipfile

import numpy as np

EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", 315532800))


def add(bundle, name, content):
    info = zipfile.ZipInfo(name, date_time=time.gmtime(max(EPOCH, 315532800))[:6])
    info.external_attr = 0o644 << 16
    bundle.writestr(info, content)


def main():
    with open("data/houses.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    means = {}
    for city in sorted({row["city"] for row in rows}):
        means[city] = np.mean([float(row["price"]) for row in rows if row["city"] == city])
    buffer = io.BytesIO()
    np.save(buffer, np.array(list(means.values())))
    os.makedirs("out", exist_ok=True)
    with zipfile.ZipFile("out/model.zip", "w") as bundle:
        add(bundle, "means.npy", buffer.getvalue())
        add(bundle, "cities.json", json.dumps(list(means)))
    with open("out/metrics.json", "w") as file:
        json.dump({"cities": len(means)}, file)


if __name__ == "__main__":
    main()
