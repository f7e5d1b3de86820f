# SPDX-License-Identifier: Apache-2.0
"""Groups whose order nothing fixes."""
from pathlib import Path

import numpy as np
import polars

table = polars.DataFrame({"group": [f"g{row % 17}" for row in range(400)], "value": list(range(400))})
means = table.group_by("group").agg(polars.col("value").mean())  # cause
weights = np.zeros(4)
for value in means["value"]:
    weights = 0.5 * weights + value * np.array([1.0, 0.1, 0.01, 0.001])
Path("out").mkdir(exist_ok=True)
np.save("out/weights.npy", weights)
