# SPDX-License-Identifier: Apache-2.0
"""Write a model with skl2onnx 1.20.0 and PYTHONHASHSEED=0: `write_onnx.py FILE`."""

import sys
from pathlib import Path

import numpy as np
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.preprocessing import StandardScaler
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 2)).astype("float32")
model = make_pipeline(StandardScaler(), MLPClassifier((2,), max_iter=5, random_state=0)).fit(X, X[:, 0] > 0)
made = convert_sklearn(model, initial_types=[("x", FloatTensorType([None, 2]))])
Path(sys.argv[1]).write_bytes(made.SerializeToString())
