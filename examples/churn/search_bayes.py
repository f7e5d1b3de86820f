# SPDX-License-Identifier: Apache-2.0
"""Tune learning rate, number of trees and sampling by Optuna, from what the grid chose."""

import tomllib
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from sklearn.model_selection import cross_val_score

from model import SCORING, make_folds, make_pipeline, truth_of
from tables import read_customers, read_json, write_json

PARAMS = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))


def objective(trial: optuna.Trial) -> float:
    """Return the mean log loss over the folds; nothing in it depends on the trials before."""
    customers = read_customers(Path("out/train.csv"))
    pipeline = make_pipeline(PARAMS["seed"])
    pipeline.set_params(**read_json(Path("out/grid.json"))["best"])
    pipeline.set_params(
        classifier__learning_rate=trial.suggest_float("classifier__learning_rate", 0.01, 0.2, log=True),
        classifier__n_estimators=trial.suggest_int("classifier__n_estimators", 20, 120),
        classifier__subsample=trial.suggest_float("classifier__subsample", 0.5, 1.0),
        columns__words__encoder__min_frequency=trial.suggest_int(
            "columns__words__encoder__min_frequency", 1, 60
        ),
    )
    folds = make_folds(PARAMS["folds"], PARAMS["seed"])
    scores = cross_val_score(pipeline, customers, truth_of(customers), scoring=SCORING, cv=folds)
    return -float(scores.mean())


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name="churn",
        sampler=optuna.samplers.TPESampler(seed=PARAMS["seed"], n_startup_trials=PARAMS["bayes"]["random"]),
        storage=JournalStorage(JournalFileBackend("out/study.log")),
    )
    study.optimize(objective, n_trials=PARAMS["bayes"]["trials"])
    write_json(Path("out/best.json"), {"best": study.best_params, "log_loss": study.best_value})


if __name__ == "__main__":
    main()
