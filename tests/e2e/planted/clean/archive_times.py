"""Archives with the time in their headers: the containers' bytes change, what they hold does not."""

import csv
import gzip
import json
import os
import zipfile
from collections import Counter


def main():
    counts = Counter()
    with open("data/reviews.csv", newline="") as file:
        for row in csv.DictReader(file):
            counts.update(row["text"].split())
    text = json.dumps(counts, sort_keys=True)
    os.makedirs("out", exist_ok=True)
    with gzip.open("out/counts.json.gz", "wt") as file:
        file.write(text)
    with zipfile.ZipFile("out/bundle.zip", "w") as bundle:
        bundle.writestr("counts.json", text)
        bundle.writestr("words.txt", "\n".join(sorted(counts)))
    with open("out/metrics.json", "w") as file:
        json.dump({"words": sum(counts.values())}, file)


if __name__ == "__main__":
    main()
