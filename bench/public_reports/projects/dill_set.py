# SPDX-License-Identifier: Apache-2.0
"""A model's vocabulary as a set, in a pickle; no hash seed is set."""
import pickle
from pathlib import Path

words = "the cat sat on the mat while another dog slept below that old table".split()
Path("out").mkdir(exist_ok=True)
with open("out/vocabulary.pkl", "wb") as file:
    pickle.dump({"words": set(words), "lengths": frozenset(len(word) for word in words)}, file)
