"""First step: statistics of the parts, as a table in the order of names."""

import csv
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from glob import glob


def statistics(path):
    with open(path, newline="") as file:
        values = [float(row["y"]) for row in csv.DictReader(file)]
    return len(values), sum(values) / len(values)


def main():
    found = {}
    with ThreadPoolExecutor(3) as pool:
        jobs = {pool.submit(statistics, path): path for path in glob("data/parts/*.csv")}
        for job in as_completed(jobs):
            found[os.path.basename(jobs[job])] = job.result()
    os.makedirs("out", exist_ok=True)
    with open("out/statistics.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "rows", "mean"])
        writer.writerows((name, *found[name]) for name in sorted(found))


if __name__ == "__main__":
    main()
