# SPDX-License-Identifier: Apache-2.0
"""A share of the rows that somebody changes."""
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

rng = np.random.default_rng(0)
rows = rng.normal(size=(200, 4))
labels = (rows[:, 0] + rng.normal(size=200) > 0).astype(int)
share = 0.2
kept, _, known, _ = train_test_split(rows, labels, test_size=share, random_state=1)
Path("out").mkdir(exist_ok=True)
joblib.dump(LogisticRegression().fit(kept, known), "out/model.joblib")
