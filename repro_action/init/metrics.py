# SPDX-License-Identifier: Apache-2.0
"""Which outputs are metrics files, and which direction of a metric is better, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from repro_action.codec.tables import SUFFIXES, read_table
from repro_action.errors import ReproError
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey
from repro_action.init.walk import read_text
from repro_action.paths.names import control

_METRICS = re.compile(r"metric|score|result|eval|report", re.IGNORECASE)
_LOWER_IS_BETTER = {
    *("loss", "rmse", "mse", "mae", "mape", "error", "logloss", "brier", "perplexity", "wer", "cer"),
}
_HIGHER_IS_BETTER = {
    *("accuracy", "acc", "auc", "f1", "precision", "recall", "r2", "roc", "map", "bleu", "rouge"),
    *("kappa", "mcc"),
}


def is_metrics(path: str) -> bool:
    """Whether an output is a metrics file, by its name."""
    file = PurePosixPath(path)
    return file.suffix.lower() in SUFFIXES and _METRICS.search(file.name) is not None


def metric_names(survey: Survey, path: str, scripts: Iterable[Script]) -> tuple[str, ...]:
    """Return the metrics whose direction their name tells: of the file if it is there, else of the source."""
    try:
        present = set(read_table((read_text(survey.root / path) or "").encode(), path))
    except ReproError:
        present = set()
    names = present or {key for script in scripts for key in script.keys}
    return tuple(sorted(name for name in names if goal(name) and control(name) is None))


def goal(name: str) -> str:
    """Return which direction of a metric is better, by its name; empty where it does not tell."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & _LOWER_IS_BETTER:
        return "min"
    return "max" if words & _HIGHER_IS_BETTER else ""
