# SPDX-License-Identifier: Apache-2.0
"""Pieces learned from a few lines."""
from pathlib import Path

import sentencepiece

lines = [f"line {number} says {number * number} and {number % 7}" for number in range(200)]
Path("out").mkdir(exist_ok=True)
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(lines), model_prefix="out/pieces", vocab_size=60, minloglevel=2
)
