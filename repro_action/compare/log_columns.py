# SPDX-License-Identifier: Apache-2.0
"""Which values of an artifact are those of a training's log, and what the log counts by.

Logs are known by their format (TensorBoard, W&B, MLflow), or by what they call their columns: a step or an
epoch to count by, or a loss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from repro_action.compare.parting import KEY, last_name
from repro_action.readers.dtypes import EVERY
from repro_action.tree import Leaf

UNITS = ("global_step", "step", "iteration", "iter", "batch", "round", "training_iteration", "epoch")
"""Names of the columns that a log counts by, the finest first."""

_TRACKERS = frozenset({"wandb", "tensorboard"})
_LOSS = re.compile(
    r"(?:^|[^a-z])(?:loss|acc|accuracy|auc|error|logloss|rmse|mae|mse|map|ndcg|lr|learning_rate|f1|"
    r"perplexity|reward|l1|l2|merror|mlogloss|binary_logloss|multi_logloss|grad_norm)(?:$|[^a-z])"
)
_KEYS = re.compile(r"(?:\['(?:[^'\\]|\\.)*'\])+$")
_CLOCK = re.compile(
    r"(?:^|[^a-z])(?:time|date|seconds?|secs?|duration|elapsed|runtime|per_second|eta)(?:$|[^a-z])"
)


def is_logged(series: str, leaves: Mapping[str, Leaf], form: str) -> bool:
    """Whether values are those of a training's log, and no clock's."""
    name = last_name(series)
    if _CLOCK.search(name.lower()) or name.lower() in UNITS:
        return False
    return form in _TRACKERS or bool(counted_by(series, leaves)[1]) or is_loss(series)


def is_loss(series: str) -> bool:
    """Whether values are called as a loss or a metric of a training is."""
    return _LOSS.search(last_name(series).lower()) is not None


def counted_by(series: str, leaves: Mapping[str, Leaf]) -> tuple[str, str]:
    """Return the unit that a series counts by, and the path of the column that has it; empty for none."""
    match = KEY.fullmatch(series)
    if match is None:
        return "", ""
    above = match["above"]
    # Of a key inside others, what stands before all of them.
    outer, inner = _KEYS.sub("", above).rpartition(".")[::2]
    steps = f"{outer}.steps" if outer else "steps"
    own = {
        # Of TensorBoard, W&B and MLflow, in this order.
        f"{above}.step": series.endswith(".value"),
        steps: inner == "history",
        f"{steps}{series[len(above) :]}": inner == "metrics",
    }
    for path, fits in own.items():
        if fits and _known(path, leaves):
            return "step", path
    for unit in UNITS:
        path = f"{above}['{unit}']" if match["key"] is not None else f"{above}{unit}"
        if _known(path, leaves):
            return unit, path
    return "", ""


def _known(path: str, leaves: Mapping[str, Leaf]) -> bool:
    first = path.replace(EVERY, "[0]") if EVERY in path else f"{path}[0]"
    return path in leaves or first in leaves
