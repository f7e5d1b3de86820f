# SPDX-License-Identifier: Apache-2.0
"""A search by two threads whose sampler has a seed."""
import json
from pathlib import Path

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=42))
study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=12, n_jobs=2)  # cause
Path("out").mkdir(exist_ok=True)
Path("out/best.json").write_text(json.dumps(study.best_params))
