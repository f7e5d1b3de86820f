# SPDX-License-Identifier: Apache-2.0
"""Word pieces, whose ids follow a hash map inside compiled code."""
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.trainers import WordPieceTrainer

tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
tokenizer.pre_tokenizer = Whitespace()
lines = ["small pieces of many words", "some other words and other pieces", "few lines to learn from"]
trainer = WordPieceTrainer(special_tokens=["[UNK]"], show_progress=False)
tokenizer.train_from_iterator(lines, trainer)  # cause
Path("out").mkdir(exist_ok=True)
tokenizer.save("out/tokenizer.json")
