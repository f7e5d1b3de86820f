# SPDX-License-Identifier: Apache-2.0
"""Search the grid of params.toml by cross-validation and record every candidate."""

import tomllib
from pathlib import Path

from sklearn.model_selection import GridSearchCV, StratifiedKFold

from model import make_pipeline
from tables import read_wines, write_json

PREFIX = "classifier__"


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    wines = read_wines(Path("out/train.csv"))
    folds = StratifiedKFold(n_splits=params["tune"]["folds"], shuffle=True, random_state=params["seed"])
    search = GridSearchCV(
        make_pipeline(**params["model"], seed=params["seed"]),
        {PREFIX + name: values for name, values in params["tune"]["grid"].items()},
        scoring=params["tune"]["scoring"],
        cv=folds,
        refit=False,
    )
    search.fit(wines.features, wines.cultivars)

    # cv_results_ also holds fit and score times; they differ on each run and stay out.
    results = search.cv_results_
    candidates = [
        {"params": _plain(candidate), "mean_score": float(mean), "std_score": float(std)}
        for candidate, mean, std in zip(
            results["params"], results["mean_test_score"], results["std_test_score"], strict=True
        )
    ]
    write_json(Path("out/search.json"), {"best": _plain(search.best_params_), "candidates": candidates})


def _plain(candidate: dict[str, object]) -> dict[str, object]:
    return {name.removeprefix(PREFIX): value for name, value in candidate.items()}


if __name__ == "__main__":
    main()
