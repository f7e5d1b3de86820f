# SPDX-License-Identifier: Apache-2.0
"""A map of rows that no seed fixes."""
from pathlib import Path

import numpy as np
import umap

rows = np.random.default_rng(0).normal(size=(60, 4))
places = umap.UMAP(n_neighbors=5, n_epochs=20).fit_transform(rows)  # cause
Path("out").mkdir(exist_ok=True)
np.save("out/places.npy", places)
