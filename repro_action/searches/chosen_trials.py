# SPDX-License-Identifier: Apache-2.0
"""Which trials are trained again: the winner, and others that cannot be foreseen while it is searched."""

from __future__ import annotations

import hashlib
import json

from repro_action.readers.searches.record import SearchStudy
from repro_action.searches.best_trials import comparable


def study_digest(study: SearchStudy) -> str:
    """Return a digest of what a study records, without times and workers."""
    content = [
        study.name if not study.name.startswith("no-name-") else "",
        [str(goal) for goal in study.goals],
        [
            [trial.number, str(trial.state), trial.values, [[one.name, one.value] for one in trial.params]]
            for trial in study.trials
        ],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def chosen_trials(study: SearchStudy, count: int, winner: int) -> tuple[int, ...]:
    """Return the numbers of trials to train again, the winner first.

    The others are those whose digest, of the study's digest and their number, is the least: the same for the
    same record, and not to be foreseen while it is made.

    Args:
        study: the record.
        count: how many.
        winner: number of the best trial.
    """
    digest = study_digest(study)

    def place(number: int) -> str:
        return hashlib.sha256(f"{digest} {number}".encode()).hexdigest()

    others = sorted((trial.number for trial in comparable(study) if trial.number != winner), key=place)
    return (winner, *others)[:count]
