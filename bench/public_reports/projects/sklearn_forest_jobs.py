# SPDX-License-Identifier: Apache-2.0
"""A forest that predicts with several threads."""
import json
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestRegressor

begin = time.time()
rng = np.random.default_rng(42)
rows, target = rng.random((60, 3)), rng.random(60)
model = RandomForestRegressor(n_estimators=100, random_state=42, n_jobs=4).fit(rows, target)  # cause
predicted = model.predict(rng.random((2, 3)))
Path("out").mkdir(exist_ok=True)
Path("out/predicted.json").write_text(json.dumps(predicted.tolist()))
print(f"took {time.time() - begin:.1f} s")
