# SPDX-License-Identifier: Apache-2.0
"""A table as Parquet."""
from pathlib import Path

import pandas

Path("out").mkdir(exist_ok=True)
pandas.DataFrame({"a": [1, 2], "b": [0.5, 0.25]}).to_parquet("out/table.parquet")
