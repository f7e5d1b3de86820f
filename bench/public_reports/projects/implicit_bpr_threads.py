# SPDX-License-Identifier: Apache-2.0
"""Factors by several threads, each with a generator of its own."""
import numpy as np
import scipy.sparse
from implicit.bpr import BayesianPersonalizedRanking

from pathlib import Path

rng = np.random.default_rng(2)
seen = scipy.sparse.csr_matrix((rng.random((400, 120)) < 0.1).astype(np.float32))
model = BayesianPersonalizedRanking(factors=8, iterations=10, random_state=4, num_threads=4)  # cause
model.fit(seen, show_progress=False)
Path("out").mkdir(exist_ok=True)
np.save("out/items.npy", model.item_factors)
