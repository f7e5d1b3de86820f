"""Simulated annealing for the order of visits."""

import csv
import json
import math
import os
import random
import time

random.seed(int(time.time() * 1000))  # planted


def length(order, places):
    pairs = zip(order, order[1:] + order[:1])
    return sum(abs(places[a] - places[b]) for a, b in pairs)


def anneal(places, rounds=1500):
    order = list(range(len(places)))
    random.shuffle(order)
    now = length(order, places)
    for step in range(rounds):
        heat = 50.0 * (1 - step / rounds) + 1e-9
        a, b = sorted(random.sample(range(len(order)), 2))
        other = order[:a] + order[a:b][::-1] + order[b:]
        new = length(other, places)
        if new < now or random.random() < math.exp((now - new) / heat):
            order, now = other, new
    return order, now


with open("data/houses.csv", newline="") as file:
    places = [float(row["distance"]) for row in csv.DictReader(file)][:30]
order, total = anneal(places)
os.makedirs("out", exist_ok=True)
with open("out/order.json", "w") as file:
    json.dump(order, file)
with open("out/metrics.json", "w") as file:
    json.dump({"length": total}, file)
