# SPDX-License-Identifier: Apache-2.0
"""Predictions in a gzip file, whose header holds a time."""
import gzip
import json
from pathlib import Path

Path("out").mkdir(exist_ok=True)
Path("out/predictions.json.gz").write_bytes(gzip.compress(json.dumps([0.25, 0.5, 1.0]).encode()))
