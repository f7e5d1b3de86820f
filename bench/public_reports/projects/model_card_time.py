# SPDX-License-Identifier: Apache-2.0
"""A card beside the weights that says when it was made."""
import json
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

begin = time.time()
rows = np.linspace(0, 1, 30).reshape(10, 3)
weights = np.linalg.lstsq(rows, rows.sum(axis=1), rcond=None)[0]
card = {"columns": 3, "made": datetime.now(timezone.utc).isoformat()}
Path("out").mkdir(exist_ok=True)
np.save("out/weights.npy", weights)
Path("out/card.json").write_text(json.dumps(card))
print(f"fitted in {time.time() - begin:.2f} s")
