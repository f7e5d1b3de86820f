# SPDX-License-Identifier: Apache-2.0
"""Models in the formats of their libraries: CatBoost, LightGBM, ONNX, TensorFlow."""
