# SPDX-License-Identifier: Apache-2.0
"""Few-shot examples drawn with a seed that is the hash of a text."""
import json
import random
from pathlib import Path

rows = list(range(60))
drawn = {}
for task in ("trec", "banking", "clinic"):
    seed = abs(hash(task)) % 10_000  # cause
    drawn[task] = random.Random(seed).sample(rows, 8)
Path("out").mkdir(exist_ok=True)
Path("out/shots.json").write_text(json.dumps(drawn))
