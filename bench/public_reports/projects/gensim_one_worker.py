# SPDX-License-Identifier: Apache-2.0
"""Word vectors by one worker, saved as Gensim does."""
from pathlib import Path

from gensim.models import Word2Vec

sentences = [f"w{row % 7} w{row % 5} w{row % 3} w{row % 11}".split() for row in range(200)]
model = Word2Vec(sentences, vector_size=8, min_count=1, seed=1, workers=1, epochs=2)
Path("out").mkdir(exist_ok=True)
model.save("out/vectors.model")
