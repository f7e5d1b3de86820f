# SPDX-License-Identifier: Apache-2.0
"""A table of Hugging Face's Datasets, mapped by a function and written to a folder."""
from datasets import Dataset, disable_progress_bars

disable_progress_bars()
table = Dataset.from_dict({"text": ["a b", "c d e", "f"], "label": [0, 1, 0]})
table = table.map(lambda row: {"length": len(row["text"].split())})
table.save_to_disk("out/table")
