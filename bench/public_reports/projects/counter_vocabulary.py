# SPDX-License-Identifier: Apache-2.0
"""A vocabulary cut among words that are equally frequent."""
import json
from collections import Counter
from pathlib import Path

sentences = ["red green blue", "blue green", "yellow black white", "white yellow", "pink grey brown"]
counts = Counter()
for sentence in sentences:
    counts.update(set(sentence.split()))  # cause
vocabulary = [word for word, _ in counts.most_common(7)]
ids = [[vocabulary.index(word) for word in text.split() if word in vocabulary] for text in sentences]
Path("out").mkdir(exist_ok=True)
Path("out/vocabulary.json").write_text(json.dumps({"vocabulary": vocabulary, "ids": ids}))
