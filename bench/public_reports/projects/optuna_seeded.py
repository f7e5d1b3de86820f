# SPDX-License-Identifier: Apache-2.0
"""A search with a seed, whose study is kept whole."""
import json
import time
from pathlib import Path

import joblib
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
begin = time.time()
study = optuna.create_study(study_name="x", sampler=optuna.samplers.TPESampler(seed=7))
study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=8)
Path("out").mkdir(exist_ok=True)
joblib.dump(study, "out/study.pkl")
Path("out/best.json").write_text(json.dumps(study.best_params))
print("searched for", time.time() - begin)
