# SPDX-License-Identifier: Apache-2.0
"""Factors that start at random, and no seed is given."""
import numpy as np
import scipy.sparse
from implicit.als import AlternatingLeastSquares

from pathlib import Path

rng = np.random.default_rng(2)
seen = scipy.sparse.csr_matrix((rng.random((60, 40)) < 0.2).astype(np.float32))
model = AlternatingLeastSquares(factors=4, iterations=3, num_threads=1)  # cause
model.fit(seen, show_progress=False)  # cause
Path("out").mkdir(exist_ok=True)
np.save("out/items.npy", model.item_factors)
