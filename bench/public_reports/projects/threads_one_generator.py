# SPDX-License-Identifier: Apache-2.0
"""Threads that draw from one seeded generator."""
import random
import threading
from pathlib import Path

import numpy as np

rng = random.Random(3)
drawn = [0.0] * 8


def charge(number):
    total = 0.0
    for _ in range(400_000):
        total += rng.random()
    drawn[number] = total


threads = [threading.Thread(target=charge, args=(number,)) for number in range(8)]  # cause
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
Path("out").mkdir(exist_ok=True)
np.save("out/drawn.npy", np.array(drawn))
