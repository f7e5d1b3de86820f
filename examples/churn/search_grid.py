# SPDX-License-Identifier: Apache-2.0
"""Choose how missing values are filled and how large the trees are: a grid, halved as the trees become more.

`--trial FILE` scores the parameters of one file, by which `repro verify` checks the record.
"""

import argparse
import tomllib
from pathlib import Path

import joblib
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 -- makes the next import possible
from sklearn.model_selection import HalvingGridSearchCV, cross_val_score

from model import SCORING, make_folds, make_pipeline, truth_of
from tables import read_customers, read_json, write_json


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trial", type=Path, metavar="FILE")
    trial = parser.parse_args().trial
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    customers = read_customers(Path("out/train.csv"))
    pipeline = make_pipeline(params["seed"])
    folds = make_folds(params["folds"], params["seed"])
    if trial is not None:
        pipeline.set_params(**read_json(trial))
        scores = cross_val_score(pipeline, customers, truth_of(customers), scoring=SCORING, cv=folds)
        print(repr(float(scores.mean())))
        return

    search = HalvingGridSearchCV(
        pipeline,
        params["grid"]["choices"],
        # Trees are what there is more of in each round, not customers: each trial can be scored by itself.
        resource="classifier__n_estimators",
        min_resources=params["grid"]["first_trees"],
        max_resources=params["grid"]["last_trees"],
        factor=params["grid"]["factor"],
        scoring=SCORING,
        cv=folds,
        refit=False,
        random_state=params["seed"],
    )
    search.fit(customers, truth_of(customers))
    joblib.dump(search, "out/grid.joblib")
    write_json(Path("out/grid.json"), {"best": search.best_params_, "score": float(search.best_score_)})


if __name__ == "__main__":
    main()
