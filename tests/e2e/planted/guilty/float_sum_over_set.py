"""Scores reviews by the mean stars of the different words that they use."""

import csv
import json
from collections import defaultdict
from pathlib import Path


def word_values(rows):
    seen = defaultdict(list)
    for row in rows:
        for word in row["text"].split():
            seen[word].append(int(row["stars"]))
    return {word: sum(stars) / len(stars) for word, stars in sorted(seen.items())}


def score(text, values):
    distinct, total = set(text.split()), 0.0
    for word in distinct:  # planted
        total += values[word]  # `sum` would make up for what is rounded off, from Python 3.12 on
    return total / len(distinct)


def main():
    with open("data/reviews.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    values = word_values(rows)
    scores = [score(row["text"], values) for row in rows]
    error = [abs(given - int(row["stars"])) for given, row in zip(scores, rows)]
    out = Path("out")
    out.mkdir(exist_ok=True)
    Path("out/values.json").write_text(json.dumps(values, indent=1))
    with open("out/scores.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["review", "score"])
        writer.writerows(enumerate(scores))
    Path("out/metrics.json").write_text(json.dumps({"mae": round(sum(error) / len(error), 6)}))


if __name__ == "__main__":
    main()
