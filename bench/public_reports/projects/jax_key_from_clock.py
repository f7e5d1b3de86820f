# SPDX-License-Identifier: Apache-2.0
"""A key of JAX made from the clock."""
import time
from pathlib import Path

import jax
import numpy as np

key = jax.random.PRNGKey(int(time.time() * 1000) % 2**31)  # cause
weights = jax.random.normal(key, (4, 3))
rows = np.linspace(0, 1, 20, dtype=np.float32).reshape(5, 4)
Path("out").mkdir(exist_ok=True)
np.save("out/outputs.npy", np.asarray(rows @ weights))
