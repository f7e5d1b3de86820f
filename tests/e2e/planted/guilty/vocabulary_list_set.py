"""Naive Bayes over words, kept as JSON."""

import csv
import json
import math
import os
from collections import Counter


class NaiveBayes:
    def __init__(self, smoothing=1.0):
        self.smoothing = smoothing
        self.vocabulary = []
        self.counts = {}

    def fit(self, texts, labels):
        tokens = [word for text in texts for word in text.split()]
        self.vocabulary = list(set(tokens))  # planted
        for label in sorted(set(labels)):
            counter = Counter()
            for text, given in zip(texts, labels):
                if given == label:
                    counter.update(text.split())
            self.counts[label] = [counter[word] for word in self.vocabulary]
        return self

    def predict(self, text):
        words = set(text.split())
        index = [i for i, word in enumerate(self.vocabulary) if word in words]
        scores = {}
        for label, counts in self.counts.items():
            total = sum(counts) + self.smoothing * len(counts)
            scores[label] = math.fsum(math.log((counts[i] + self.smoothing) / total) for i in index)
        return max(scores, key=scores.get)


with open("data/reviews.csv", newline="") as file:
    rows = list(csv.DictReader(file))
texts = [row["text"] for row in rows]
labels = [row["stars"] for row in rows]
model = NaiveBayes().fit(texts, labels)
hits = sum(model.predict(text) == label for text, label in zip(texts, labels))
os.makedirs("out", exist_ok=True)
with open("out/model.json", "w") as file:
    json.dump({"vocabulary": model.vocabulary, "counts": model.counts}, file)
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": hits / len(rows)}, file)
