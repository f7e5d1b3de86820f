# SPDX-License-Identifier: Apache-2.0
"""Do trials that are trained again have the recorded values?"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial

from repro_action.readers.searches.record import SearchTrial
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.searches.asking_order import trials_text
from repro_action.searches.best_trials import values_text
from repro_action.searches.chosen_trials import chosen_trials
from repro_action.searches.runner import TaskFailed
from repro_action.searches.study_check import StudyCheck
from repro_action.searches.tasks import retrain_task


def retrained_claim(check: StudyCheck, best: tuple[int, ...]) -> SearchClaim:
    """Train trials until one has another value than is recorded.

    Args:
        check: the study.
        best: its best trials.
    """
    claim, study = partial(check.claim, SearchQuestion.RETRAINED), check.study
    if not best:
        return claim(ClaimState.UNCHECKED, "no trial has a value that could be compared")
    winner = next((number for number in best if number == study.winner), best[0])
    numbers = chosen_trials(study, check.search.retrain, winner)
    for place, number in enumerate(numbers, start=1):
        which = f"trial {number} again ({place} of {len(numbers)})"
        check.progress.stage(f"{check.search.path}: training {which}")
        found = _trained(check, study.trials[number])
        if found is not None:
            return found
    verb = "give the recorded values" if len(numbers) > 1 else "gives the recorded value"
    return claim(ClaimState.CONFIRMED, f"{trials_text(numbers)} of {len(study.trials)} {verb}")


def _trained(check: StudyCheck, trial: SearchTrial) -> SearchClaim | None:
    """Train one trial; None where it has the recorded values."""
    claim = partial(check.claim, SearchQuestion.RETRAINED)
    task = retrain_task(check.search, check.step, check.study, trial)
    if task is None:
        return claim(
            ClaimState.UNCHECKED,
            "it is unknown how a trial is trained: the step's command is no script of Python's",
            remedy='Name it: objective = "module:function", or trial = ["python", "train.py", "{params}"].',
        )
    try:
        values = check.runner.retrained(task)
        if _same(values, trial.values):
            return None
        stable = _same(values, check.runner.retrained(task))
    except TaskFailed as error:
        text = f"trial {trial.number} cannot be trained again: {error.reason}"
        return claim(ClaimState.UNCHECKED, text, remedy=error.remedy)
    return claim(
        ClaimState.REFUTED,
        f"trial {trial.number} was recorded with {values_text(trial.values)}, "
        f"and gives {values_text(values)} when it is trained again",
        why="alone it gives the same each time: its value depends on the trials before it, or the code "
        "is another"
        if stable
        else "it gives another value each time",
        remedy="Seed each trial by itself, inside the objective: a generator that goes on from trial to "
        "trial makes each one depend on those before it.",
    )


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether values are the same in every bit."""
    return struct.pack(f"<{len(one)}d", *one) == struct.pack(f"<{len(other)}d", *other)
