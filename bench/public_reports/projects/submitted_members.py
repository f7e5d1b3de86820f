# SPDX-License-Identifier: Apache-2.0
"""Members of an ensemble, in the order in which threads finish them."""
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np


def member(number):
    rng = np.random.default_rng(number)
    rows = rng.normal(size=(300 + 40 * (number % 5), 30))
    return np.linalg.svd(rows, compute_uv=False)[:4]


with ThreadPoolExecutor(4) as pool:
    futures = [pool.submit(member, number) for number in range(24)]
    members = [future.result() for future in as_completed(futures)]  # cause
Path("out").mkdir(exist_ok=True)
np.save("out/members.npy", np.array(members))
