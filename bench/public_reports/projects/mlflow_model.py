# SPDX-License-Identifier: Apache-2.0
"""A model in MLflow's layout."""
import mlflow.sklearn
import numpy as np
from sklearn.linear_model import LinearRegression

rows = np.arange(20.0).reshape(10, 2)
model = LinearRegression().fit(rows, rows @ [1.0, 2.0])
mlflow.sklearn.save_model(
    model, "out/model", pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
)
