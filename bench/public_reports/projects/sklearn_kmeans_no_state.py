# SPDX-License-Identifier: Apache-2.0
"""Clusters whose centres start at random, and no seed is given."""
from pathlib import Path

import joblib
import numpy as np
from sklearn.cluster import KMeans

rows = np.linspace(0, 1, 120).reshape(40, 3) ** 2
clusters = KMeans(n_clusters=6, n_init=1).fit(rows)  # cause
Path("out").mkdir(exist_ok=True)
joblib.dump(clusters, "out/clusters.joblib")
