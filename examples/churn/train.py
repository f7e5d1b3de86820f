# SPDX-License-Identifier: Apache-2.0
"""Train the pipeline with what both searches found, and log it to MLflow."""

import tomllib
from pathlib import Path

import joblib
import mlflow

from model import make_pipeline, truth_of
from tables import read_customers, read_json


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    best = {**read_json(Path("out/grid.json"))["best"], **read_json(Path("out/best.json"))["best"]}
    customers = read_customers(Path("out/train.csv"))
    pipeline = make_pipeline(params["seed"]).set_params(**best)
    pipeline.fit(customers, truth_of(customers))
    joblib.dump(pipeline, "out/model.joblib")

    # Under repro this goes to a folder of the run; by hand, to where MLFLOW_TRACKING_URI points.
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="train"):
        mlflow.log_params(best)
        for trees, loss in enumerate(pipeline["classifier"].train_score_.tolist(), start=1):
            mlflow.log_metric("train_loss", loss, step=trees)


if __name__ == "__main__":
    main()
