# SPDX-License-Identifier: Apache-2.0
"""Samples in the order in which `os.listdir` has them."""
import os
from pathlib import Path

import numpy as np

names = [name for name in os.listdir("data") if name.endswith(".txt")]  # cause
rows = np.array([np.loadtxt(os.path.join("data", name)) for name in names])
rng = np.random.default_rng(1)
rng.shuffle(rows)
weights = np.zeros(rows.shape[1])
for row in rows:
    weights += 0.1 * (row - weights)
Path("out").mkdir(exist_ok=True)
np.save("out/weights.npy", weights)
