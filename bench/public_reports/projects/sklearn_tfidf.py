# SPDX-License-Identifier: Apache-2.0
"""A vectorizer with a set of stop words."""
from pathlib import Path

import joblib
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

model = TfidfVectorizer(stop_words=list(ENGLISH_STOP_WORDS & {"the", "and", "of", "a"}))
model.fit(["the cat and the dog", "a house of cards", "the dog of a house"])
Path("out").mkdir(exist_ok=True)
joblib.dump(model, "out/model.joblib")
