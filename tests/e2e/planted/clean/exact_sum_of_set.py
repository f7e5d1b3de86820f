"""Scores of reviews from the different words; fsum rounds once, so order is nothing."""

import csv
import json
import math
import os
from collections import defaultdict


def word_values(rows):
    seen = defaultdict(list)
    for row in rows:
        for word in row["text"].split():
            seen[word].append(int(row["stars"]))
    return {word: sum(stars) / len(stars) for word, stars in seen.items()}


def score(text, values):
    distinct = set(text.split())
    return math.fsum(values[word] for word in distinct) / len(distinct)


with open("data/reviews.csv", newline="") as file:
    rows = list(csv.DictReader(file))
values = word_values(rows)
scores = [score(row["text"], values) for row in rows]
os.makedirs("out", exist_ok=True)
with open("out/values.json", "w") as file:
    json.dump(values, file, sort_keys=True)
with open("out/scores.json", "w") as file:
    json.dump(scores, file)
with open("out/metrics.json", "w") as file:
    json.dump({"highest": max(scores), "known": len(values)}, file)
