# SPDX-License-Identifier: Apache-2.0
"""A buffer that is added to before it was ever written."""
from pathlib import Path

import numpy as np

names = [f"row {number}" for number in range(400)]
lengths = [len(name) for name in list(names)]
sums = np.empty(400, dtype=np.int64)  # cause
sums += lengths
Path("out").mkdir(exist_ok=True)
np.save("out/sums.npy", sums)
