# SPDX-License-Identifier: Apache-2.0
"""Write a study of one trial with Optuna: `write_optuna.py FILE`."""

import pickle
import sys
from pathlib import Path

import optuna

study = optuna.create_study(study_name="s", sampler=optuna.samplers.RandomSampler(seed=0))
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
Path(sys.argv[1]).write_bytes(pickle.dumps(study))
