# SPDX-License-Identifier: Apache-2.0
"""CatBoost with its default seed; a model file in both of its formats."""
from pathlib import Path

import numpy as np
from catboost import CatBoostRegressor

rng = np.random.default_rng(7)
rows = rng.normal(size=(120, 4))
target = rows[:, 0] - rows[:, 2] ** 2
model = CatBoostRegressor(iterations=12, depth=3, random_state=2017, verbose=False, allow_writing_files=False)
model.fit(rows, target)
Path("out").mkdir(exist_ok=True)
model.save_model("out/model.cbm")
model.save_model("out/model.json", format="json")
np.save("out/predicted.npy", model.predict(rows))
