# SPDX-License-Identifier: Apache-2.0
"""A forest converted to ONNX."""
from pathlib import Path

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier

rng = np.random.default_rng(0)
rows = rng.normal(size=(80, 3)).astype("float32")
model = RandomForestClassifier(n_estimators=4, max_depth=3, random_state=42).fit(rows, rows[:, 0] > 0)
graph = convert_sklearn(model, initial_types=[("rows", FloatTensorType([None, 3]))])
Path("out").mkdir(exist_ok=True)
Path("out/model.onnx").write_bytes(graph.SerializeToString())
