# SPDX-License-Identifier: Apache-2.0
"""A graph index that several threads fill."""
from pathlib import Path

import faiss
import numpy as np

rows = np.random.default_rng(3).random((4000, 16), dtype=np.float32)
faiss.omp_set_num_threads(4)
index = faiss.IndexHNSWFlat(16, 8)
index.add(rows)
_, near = index.search(rows[:400], 40)
Path("out").mkdir(exist_ok=True)
np.save("out/near.npy", near)
