# SPDX-License-Identifier: Apache-2.0
"""Trees on rows that a file brings."""
from pathlib import Path

import lightgbm
import numpy as np

table = np.loadtxt("data/rows.csv", delimiter=",", skiprows=1)
parameters = {"seed": 1234, "num_leaves": 5, "min_data_in_leaf": 2, "verbose": -1, "objective": "regression"}
booster = lightgbm.train(parameters, lightgbm.Dataset(table[:, :2], table[:, 2]), num_boost_round=6)
Path("out").mkdir(exist_ok=True)
booster.save_model("out/model.txt")
