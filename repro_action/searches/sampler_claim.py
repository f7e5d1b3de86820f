# SPDX-License-Identifier: Apache-2.0
"""Does the sampler, given the record, ask for these parameters again?"""

from __future__ import annotations

import math
from functools import partial

from repro_action.paths.names import shown
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.searches.asking_order import AskingOrder, asking_order
from repro_action.searches.runner import Replayed, TaskFailed
from repro_action.searches.study_check import StudyCheck
from repro_action.searches.tasks import replay_task

_NEAR = 1e-9
"""Relative difference up to which a parameter is about the same."""


def sampler_claim(check: StudyCheck) -> tuple[SearchClaim, Replayed | None]:
    """Return the answer, and what the sampler asked for where it could be asked."""
    claim = partial(check.claim, SearchQuestion.SAMPLER)
    task = replay_task(check.search, check.step, check.study)
    if task is None:
        text = f"the command of step {shown(check.step.name)} is no script of Python's"
        return claim(ClaimState.UNCHECKED, text, remedy='Name it: sampler = "module:function".'), None
    check.progress.stage(f"{check.search.path}: asking the sampler again")
    try:
        found = check.runner.replayed(task)
        if found.differing:
            again = None if _order(check, found).why else check.runner.replayed(task)
            return _differing(check, found, again), found
    except TaskFailed as error:
        text = f"the sampler cannot be asked again: {error.reason}"
        return claim(ClaimState.UNCHECKED, text, remedy=error.remedy), None
    total = len(check.study.trials)
    if found.checked < total:
        text = f"{found.sampler} asks for {found.checked} of {total} trials again, and then for no more"
        return claim(ClaimState.UNCHECKED, text), found
    text = f"{found.sampler} asks for the parameters of all {total} trials again"
    return claim(ClaimState.CONFIRMED, text), found


def _differing(check: StudyCheck, found: Replayed, again: Replayed | None) -> SearchClaim:
    number = found.differing[0]
    parts = f"{len(found.differing)} of {found.checked} trials"
    text = f"{found.sampler} asks for other parameters at {parts}, first at trial {number}"
    text += _asked_instead(check, found, number)
    order = _order(check, found)
    if order.why:
        return check.claim(SearchQuestion.SAMPLER, ClaimState.LOST, text, why=order.why, remedy=order.remedy)
    refuted = partial(check.claim, SearchQuestion.SAMPLER, ClaimState.REFUTED, text)
    if again is not None and again.asked != found.asked:
        seeded = f"Give the sampler a seed: {found.sampler}(seed=…)."
        return refuted(why="it asks for others each time", remedy=seeded)
    if _only_last_digits(check, found, number):
        return refuted(
            why="they differ in their last digits alone: the record was made on another processor, with "
            "another release of a library, or with other settings than the step has here",
            remedy="Let a step write the record, so that it is made with the settings of `[determinism]`.",
        )
    return refuted(why="this code did not make the record", remedy="Search again.")


def _only_last_digits(check: StudyCheck, found: Replayed, number: int) -> bool:
    """Whether what is asked for at a trial is about what is recorded."""
    asked = found.asked.get(str(number), {})
    chosen = check.study.trials[number].chosen if 0 <= number < len(check.study.trials) else {}

    def near(value: object, other: object) -> bool:
        if isinstance(value, float) and isinstance(other, float):
            return math.isclose(value, other, rel_tol=_NEAR)
        return value == other

    return bool(asked) and all(name in asked and near(value, asked[name]) for name, value in chosen.items())


def _order(check: StudyCheck, found: Replayed) -> AskingOrder:
    """Return what explains that others are asked for: the record, or where new samplers fit it."""
    order = asking_order(check.study)
    return order if order.why else AskingOrder(resumed=found.resumed)


def _asked_instead(check: StudyCheck, found: Replayed, number: int) -> str:
    asked = found.asked.get(str(number), {})
    if not 0 <= number < len(check.study.trials):
        return ""
    for name, value in check.study.trials[number].chosen.items():
        if name in asked and asked[name] != value:
            return f": {shown(name)} {str(value)[:40]} → {str(asked[name])[:40]}"
    return ""
