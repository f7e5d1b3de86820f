# SPDX-License-Identifier: Apache-2.0
"""Which of the reported numbers a search went by, for a record that has many and no direction."""

from __future__ import annotations

from dataclasses import replace

from repro_action.config.model import SearchConfig
from repro_action.errors import ArtifactUnreadable
from repro_action.paths.names import shown
from repro_action.readers.searches.record import SearchGoal, SearchStudy

_NAMED = 10


def with_metric(study: SearchStudy, search: SearchConfig) -> SearchStudy:
    """Return a study whose trials have the values of the metric, their last report's; others as they are.

    Raises:
        ArtifactUnreadable: nothing says which metric, or which values are better, or no trial has it.
    """
    if study.goals:
        if search.metric or search.goal:
            raise ArtifactUnreadable(
                "the record says itself what is the best",
                remedy="Remove `metric` and `goal`, which are for records of Ray Tune.",
            )
        return study
    known = sorted({key for trial in study.trials for key in trial.reported})
    metric = search.metric or study.metric
    if metric not in known:
        listed = ", ".join(map(shown, known[:_NAMED])) or "none"
        raise ArtifactUnreadable(
            f"no trial reported {shown(metric)}" if metric else "the record names no metric",
            remedy=f"Set `metric` to one of: {listed}.",
        )
    if not search.goal:
        raise ArtifactUnreadable(
            f"the record does not say whether more or less of {shown(metric)} is better",
            remedy='Set `goal = "min"` or `goal = "max"`.',
        )
    trials = tuple(
        replace(trial, values=(trial.reported[metric],) if metric in trial.reported else ())
        for trial in study.trials
    )
    return replace(study, goals=(SearchGoal(search.goal),), trials=trials, metric=metric)
