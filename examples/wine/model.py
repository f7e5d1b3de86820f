# SPDX-License-Identifier: Apache-2.0
"""The model, in the one place that tuning and training share."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def make_pipeline(*, solver: str, max_iter: int, seed: int) -> Pipeline:
    """Return an untrained classifier; its own parameters are reached as `classifier__NAME`."""
    classifier = LogisticRegression(solver=solver, max_iter=max_iter, random_state=seed)
    return Pipeline([("scaler", StandardScaler()), ("classifier", classifier)])
