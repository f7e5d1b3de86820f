# SPDX-License-Identifier: Apache-2.0
"""A linear booster whose threads update one set of weights without locks."""
from pathlib import Path

import numpy as np
import xgboost

rng = np.random.default_rng(6)
rows = rng.normal(size=(4000, 60)).astype(np.float32)
target = rows @ rng.normal(size=60) + rng.normal(size=4000)
parameters = {"booster": "gblinear", "updater": "shotgun", "seed": 1, "nthread": 4}  # cause
booster = xgboost.train(parameters, xgboost.DMatrix(rows, target), num_boost_round=8)
Path("out").mkdir(exist_ok=True)
np.save("out/predicted.npy", booster.predict(xgboost.DMatrix(rows[:50])))
