# SPDX-License-Identifier: Apache-2.0
"""A search whose sampler has no seed."""
import json
from pathlib import Path

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
sampler = optuna.samplers.TPESampler()  # cause
study = optuna.create_study(sampler=sampler)
study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=8)
Path("out").mkdir(exist_ok=True)
Path("out/best.json").write_text(json.dumps(study.best_params))
