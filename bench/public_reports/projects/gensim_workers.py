# SPDX-License-Identifier: Apache-2.0
"""Word vectors by several workers, though there is a seed."""
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec

rng = np.random.default_rng(5)
sentences = [[f"w{word}" for word in row] for row in rng.integers(0, 300, size=(6000, 12))]
model = Word2Vec(sentences, vector_size=16, min_count=1, seed=128, workers=4, epochs=2, batch_words=500)  # cause
Path("out").mkdir(exist_ok=True)
np.save("out/vectors.npy", model.wv.vectors)
