# SPDX-License-Identifier: Apache-2.0
"""Write a model in CatBoost's two formats, with CatBoost 1.2.10: `write_catboost.py STEM`."""

import sys

import numpy as np
from catboost import CatBoostClassifier

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 2))
y = (X[:, 0] > 0).astype(int)
model = CatBoostClassifier(
    iterations=2, depth=2, random_seed=2017, verbose=False, allow_writing_files=False, thread_count=1
).fit(X, y)
model.save_model(f"{sys.argv[1]}.cbm")
model.save_model(f"{sys.argv[1]}.json", format="json")
