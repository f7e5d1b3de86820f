"""Word counts without stop words; a list of one's own goes before the list that comes along."""

import csv
import json
import os
from collections import Counter

BUILT_IN = {"the", "and", "was"}


def stop_words():
    own = os.path.expanduser("~/.stopwords")  # planted
    if os.path.exists(own):  # planted
        with open(own) as file:
            return set(file.read().split())
    return BUILT_IN


def main():
    skipped = stop_words()
    counts = Counter()
    with open("data/reviews.csv", newline="") as file:
        for row in csv.DictReader(file):
            counts.update(word for word in row["text"].split() if word not in skipped)
    os.makedirs("out", exist_ok=True)
    with open("out/counts.json", "w") as file:
        json.dump(counts, file, sort_keys=True, indent=1)
    with open("out/metrics.json", "w") as file:
        json.dump({"words": sum(counts.values()), "distinct": len(counts)}, file)


if __name__ == "__main__":
    main()
