# SPDX-License-Identifier: Apache-2.0
"""The pipeline from a customer to a chance of leaving, in the one place that searches and training share."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from tables import NUMBERS, TARGET, WORDS

BUILT = ("paid_per_month", "price_rise", "calls_per_year")
SCORING = "neg_log_loss"


def build_features(customers: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of `BUILT`; NaN where they cannot be known."""
    months = customers["tenure_months"]
    paid = customers["total_charges"] / months.where(months > 0, np.nan)
    return customers.assign(
        paid_per_month=paid,
        price_rise=customers["monthly_charge"] - paid,
        calls_per_year=12.0 * customers["support_calls"] / months.clip(lower=1.0),
    )


def make_pipeline(seed: int) -> Pipeline:
    """Return an untrained pipeline; `set_params` gives it what the searches found."""
    numbers = SimpleImputer(add_indicator=True)  # that a value is missing is told to the trees, too
    words = Pipeline(
        [
            ("imputer", SimpleImputer(strategy="constant", fill_value="unknown")),
            ("encoder", OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False)),
        ]
    )
    columns = ColumnTransformer(
        [("numbers", numbers, [*NUMBERS, *BUILT]), ("words", words, list(WORDS))],
        verbose_feature_names_out=False,
    )
    return Pipeline(
        [
            ("features", FunctionTransformer(build_features)),
            ("columns", columns),
            ("classifier", GradientBoostingClassifier(random_state=seed)),
        ]
    )


def make_folds(count: int, seed: int) -> StratifiedKFold:
    """Return the folds of both searches, which so see the same customers in the same order."""
    return StratifiedKFold(n_splits=count, shuffle=True, random_state=seed)


def truth_of(customers: pd.DataFrame) -> np.ndarray:
    """Return 1 for each customer who left, 0 for each who stayed; `(customers,)`, `int64`."""
    return (customers[TARGET] == "yes").to_numpy(dtype=np.int64)
