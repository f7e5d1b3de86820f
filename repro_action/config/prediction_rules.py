# SPDX-License-Identifier: Apache-2.0
"""What `[predictions]` cannot name."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.config.model import Config
from repro_action.config.problems import Problem


def prediction_problems(config: Config) -> Iterator[Problem]:
    """Yield files that no step writes, or that are read as something else."""
    outputs = {output for step in config.steps for output in step.outputs}
    for one in config.predictions:
        if one.path not in outputs:
            yield Problem(
                path=("predictions", one.path),
                what="no step lists this file in its `outputs`",
                remedy="Add it to `outputs` of the step that writes it, as a file of its own.",
            )
        elif one.path in config.metrics:
            yield Problem(
                path=("predictions", one.path),
                what="this file is a metrics file",
                remedy="Remove it from `[metrics]`, or from `[predictions]`.",
            )
        if not (one.label or one.score or one.path.endswith(".npy")):
            yield Problem(
                path=("predictions", one.path),
                what="neither `label` nor `score` is named, so there is nothing to compare row by row",
                remedy="Name the column with the predicted classes in `label`, or the one with numbers in "
                "`score`.",
            )
        if one.truth and not one.label:
            yield Problem(
                path=("predictions", one.path, "truth"),
                what="without `label` there is no decision that the truth could refute",
                remedy="Name the column with the predicted classes in `label`.",
            )
