# SPDX-License-Identifier: Apache-2.0
"""Measure the model on the test set and write down the chance of each customer to leave."""

import tomllib
from pathlib import Path

import joblib
from sklearn.metrics import average_precision_score, log_loss, recall_score, roc_auc_score

from model import truth_of
from tables import read_customers, write_json, write_table


def main() -> None:
    campaign = tomllib.loads(Path("campaign.toml").read_text(encoding="utf-8"))
    pipeline = joblib.load("out/model.joblib")
    customers = read_customers(Path("out/test.csv"))
    truth = truth_of(customers)
    chances = pipeline.predict_proba(customers)[:, 1]
    called = chances >= campaign["call_from"]
    write_json(
        Path("out/metrics.json"),
        {
            "average_precision": float(average_precision_score(truth, chances)),
            "calls": int(called.sum()),
            "log_loss": float(log_loss(truth, chances)),
            "recall": float(recall_score(truth, called)),
            "roc_auc": float(roc_auc_score(truth, chances)),
            "test_customers": len(truth),
        },
    )
    table = customers[["customer", "churned"]].assign(chance=chances, call=called)
    write_table(Path("out/predictions.csv"), table)


if __name__ == "__main__":
    main()
