"""Word statistics in parallel: every core gets a share of the reviews and a seed."""

import csv
import json
import os
from concurrent.futures import ThreadPoolExecutor
from random import Random

WORKERS = os.cpu_count() or 1  # planted


def sample(job):
    seed, texts = job
    rng = Random(seed)
    return sorted(rng.choice(text.split()) for text in texts)


def main():
    with open("data/reviews.csv", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    size = -(-len(texts) // WORKERS)
    jobs = [(number, texts[number * size : (number + 1) * size]) for number in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        words = [word for part in pool.map(sample, jobs) for word in part]
    counts = {word: words.count(word) for word in sorted(set(words))}
    os.makedirs("out", exist_ok=True)
    with open("out/counts.json", "w") as file:
        json.dump(counts, file, indent=1)
    with open("out/metrics.json", "w") as file:
        json.dump({"distinct": len(counts), "sampled": len(words)}, file)


if __name__ == "__main__":
    main()
