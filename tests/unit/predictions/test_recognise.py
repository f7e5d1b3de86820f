# SPDX-License-Identifier: Apache-2.0
"""Which tables look like predictions."""

import pytest

from repro_action.predictions.recognise import ColumnRoles, recognise


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("id", "prediction", "score", "y"), ("id", "prediction", "score", "y")),
        (("PassengerId", "y_pred", "y_true"), ("", "y_pred", "", "y_true")),
        (("customer_id", "y_hat", "proba"), ("customer_id", "y_hat", "proba", "")),
        (
            ("index", "label", "predicted_label", "confidence"),
            ("index", "predicted_label", "confidence", "label"),
        ),
        (("key", "probability"), ("key", "", "probability", "")),
        (("pred",), ("", "pred", "", "")),
    ],
)
def test_columns_are_recognised_by_their_names(names, roles):
    assert ColumnRoles(key=roles[0], label=roles[1], score=roles[2], truth=roles[3]) == recognise(names)


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("x", "y"),
        ("id", "label"),
        ("epoch", "loss"),
        ("score",),
        ("age", "income", "predictor"),
        ("", ""),
    ],
)
def test_other_tables_are_not_predictions(names):
    assert recognise(names) is None
