# SPDX-License-Identifier: Apache-2.0
"""Records of experiment trackers: TensorBoard, W&B, Optuna, MLflow."""
