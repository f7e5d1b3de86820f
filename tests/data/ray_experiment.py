# SPDX-License-Identifier: Apache-2.0
"""How `ray-experiment` was made, by Ray 2.60: `python ray_experiment.py`, then the folder is copied here."""

import ray
from ray import tune


def train(config):
    for step in range(3):
        loss = config["lr"] * (3 - step) + config["model"]["depth"]
        tune.report({"loss": loss, "eval": {"accuracy": 1 / (1 + step + config["model"]["depth"])}})


ray.init(num_cpus=1, include_dashboard=False, object_store_memory=80 << 20)
tuner = tune.Tuner(
    train,
    param_space={"lr": tune.grid_search([0.5, 0.25, 0.125]), "model": {"depth": 1}},
    tune_config=tune.TuneConfig(metric="loss", mode="min"),
    run_config=tune.RunConfig(name="ray-experiment", storage_path="/tmp/ray-results"),
)
print(tuner.fit().get_best_result().config)
