# SPDX-License-Identifier: Apache-2.0
"""Measure the model on the test set and write down each prediction."""

from pathlib import Path

import joblib
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss

from tables import read_wines, write_csv, write_json


def main() -> None:
    model = joblib.load("out/model.joblib")
    wines = read_wines(Path("out/test.csv"))
    truth = wines.cultivars
    probabilities = model.predict_proba(wines.features)
    predicted = model.predict(wines.features)
    classes = model.classes_.tolist()
    write_json(
        Path("out/metrics.json"),
        {
            "accuracy": float(accuracy_score(truth, predicted)),
            "balanced_accuracy": float(balanced_accuracy_score(truth, predicted)),
            "log_loss": float(log_loss(truth, probabilities, labels=classes)),
            "macro_f1": float(f1_score(truth, predicted, average="macro")),
            "test_wines": len(truth),
        },
    )
    write_csv(
        Path("out/predictions.csv"),
        ("row", "truth", "prediction", *classes),
        (
            (row, cultivar, guess, *chances)
            for row, cultivar, guess, chances in zip(
                wines.rows.tolist(), truth.tolist(), predicted.tolist(), probabilities.tolist(), strict=True
            )
        ),
    )


if __name__ == "__main__":
    main()
