# SPDX-License-Identifier: Apache-2.0
"""Tasks of a threaded graph that draw from NumPy's global generator, which is seeded."""
from pathlib import Path

import dask
import numpy as np


def member(number):
    noise = np.random.normal(size=20_000)
    return float(np.sort(noise)[number]), float(noise.mean())


np.random.seed(11)
tasks = [dask.delayed(member)(number) for number in range(40)]  # cause
results = dask.compute(*tasks, scheduler="threads", num_workers=4)
Path("out").mkdir(exist_ok=True)
np.save("out/members.npy", np.array(results))
