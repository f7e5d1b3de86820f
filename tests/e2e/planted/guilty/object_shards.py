"""Trains one small model a shard of the reviews."""

import csv
import json
import os


class Review:
    def __init__(self, text, stars):
        self.text = text
        self.stars = int(stars)

    @property
    def length(self):
        return len(self.text.split())


def shards(reviews, count):
    held = [[] for _ in range(count)]
    for review in reviews:
        held[hash(review) % count].append(review)  # planted
    return held


def fit(reviews):
    """Least squares of the stars on the length."""
    n = len(reviews)
    x = [review.length for review in reviews]
    y = [review.stars for review in reviews]
    top = n * sum(a * b for a, b in zip(x, y)) - sum(x) * sum(y)
    bottom = n * sum(a * a for a in x) - sum(x) ** 2
    slope = top / bottom if bottom else 0.0
    return {"slope": slope, "offset": (sum(y) - slope * sum(x)) / max(n, 1)}


with open("data/reviews.csv", newline="") as file:
    reviews = [Review(**row) for row in csv.DictReader(file)]
models = [fit(shard) for shard in shards(reviews, 5)]
mean = sum(model["slope"] for model in models) / len(models)
os.makedirs("out", exist_ok=True)
with open("out/models.json", "w") as file:
    json.dump(models, file, indent=1)
with open("out/metrics.json", "w") as file:
    json.dump({"mean_slope": mean}, file)
