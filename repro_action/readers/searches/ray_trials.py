# SPDX-License-Identifier: Apache-2.0
"""The trials of Ray Tune's folder of an experiment as a record; which metric counts is said elsewhere."""

from __future__ import annotations

from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import ReadContext
from repro_action.readers.searches.record import (
    MOST_TRIALS,
    SearchParam,
    SearchRecord,
    SearchStudy,
    SearchTrial,
    TrialState,
)
from repro_action.readers.tracking.ray_files import (
    RayTrial,
    contradictions,
    numbers,
    read_state,
    state_file,
)

LIBRARY = "ray"

STATES = {
    "TERMINATED": TrialState.COMPLETE,
    "ERROR": TrialState.FAILED,
    "RUNNING": TrialState.RUNNING,
    "PAUSED": TrialState.RUNNING,
    "PENDING": TrialState.WAITING,
}
"""State by the name that Ray has for it."""

_MOST_SAID = 3


def experiment_record(folder: Path, context: ReadContext) -> SearchRecord:
    """Return the record of a folder.

    Raises:
        ArtifactUnreadable: it is none of Ray Tune's, malformed, or beyond a limit.
    """
    path = state_file(folder)
    if path is None:
        raise ArtifactUnreadable("it is a folder without the experiment_state-….json of Ray Tune")
    metric, trials = read_state(path, context)
    if len(trials) > MOST_TRIALS:
        raise ArtifactUnreadable(f"it has more than {MOST_TRIALS} trials")
    denied: list[str] = []
    for trial in trials:
        if len(denied) < _MOST_SAID:
            denied += contradictions(folder, trial, context)
    study = SearchStudy(
        name="",
        goals=(),
        metric=metric,
        trials=tuple(_trial(number, trial) for number, trial in enumerate(trials)),
        contradictions=tuple(denied[:_MOST_SAID]),
    )
    return SearchRecord(library=LIBRARY, studies=(study,))


def _trial(number: int, trial: RayTrial) -> SearchTrial:
    return SearchTrial(
        number=number,
        state=STATES.get(trial.status, TrialState.FAILED),
        params=tuple(SearchParam(name=name, value=value) for name, value in trial.config.items()),
        reported=numbers(trial.last),
        started=trial.started,
    )
