# SPDX-License-Identifier: Apache-2.0
"""Faiss's indices."""

from __future__ import annotations

import numpy as np
from driver import main, writes


def vectors(change):
    found = np.random.default_rng(4).normal(size=(40, 6)).astype("f4")
    if change:
        found[7, 3] = np.nextafter(found[7, 3], np.float32(9))
    return found


@writes("faiss", "index.faiss")
def _(path, change):
    import faiss

    index = faiss.IndexIDMap(faiss.IndexFlatL2(6))
    index.add_with_ids(vectors(change), np.arange(40) * 3)
    faiss.write_index(index, str(path))


@writes("faiss-ivf", "index.faiss")
def _(path, change):
    import faiss

    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(6), 6, 3)
    index.train(vectors(change=False))
    index.add(vectors(change))
    faiss.write_index(index, str(path))


@writes("faiss-hnsw", "index.faiss")
def _(path, change):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexHNSWFlat(6, 4)
    index.add(vectors(change))
    faiss.write_index(index, str(path))


if __name__ == "__main__":
    main()
