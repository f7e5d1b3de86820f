# SPDX-License-Identifier: Apache-2.0
"""Train the model with the parameters that the search found best."""

import json
import tomllib
from pathlib import Path

import joblib

from model import make_pipeline
from tables import read_wines


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    best = json.loads(Path("out/search.json").read_text(encoding="utf-8"))["best"]
    wines = read_wines(Path("out/train.csv"))
    pipeline = make_pipeline(**params["model"], seed=params["seed"])
    pipeline.named_steps["classifier"].set_params(**best)
    pipeline.fit(wines.features, wines.cultivars)
    joblib.dump(pipeline, "out/model.joblib")


if __name__ == "__main__":
    main()
