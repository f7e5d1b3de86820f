# SPDX-License-Identifier: Apache-2.0
"""Is the winner the best of the record?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from repro_action.codec.tables import read_table
from repro_action.errors import ArtifactUnreadable, ReproError
from repro_action.files import read_regular
from repro_action.paths.names import shown
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.searches.asking_order import trials_text
from repro_action.searches.best_trials import counts, named_by, without_values
from repro_action.searches.study_check import StudyCheck


def winner_claim(check: StudyCheck, best: tuple[int, ...], library: tuple[int, ...]) -> SearchClaim:
    """Return the answer.

    Args:
        check: the study.
        best: the best trials by the record's numbers.
        library: those that the library takes for the best; empty where it was not asked.
    """
    claim, study = partial(check.claim, SearchQuestion.WINNER), check.study
    if study.contradictions:
        return claim(ClaimState.REFUTED, "; ".join(study.contradictions))
    if not best:
        return claim(ClaimState.UNCHECKED, f"no trial of {counts(study)} can be the best")
    if study.unranked:
        return claim(ClaimState.UNCHECKED, study.unranked)
    try:
        named, by = _named(check, library)
    except ReproError as error:
        return claim(ClaimState.UNCHECKED, error.what, remedy=error.remedy)
    if named is None:
        return claim(ClaimState.CONFIRMED, _best_text(check, best, ()))
    if not named:
        return claim(ClaimState.REFUTED, f"no trial of the record has the parameters in {by}")
    if not set(named) & set(best):
        text = f"{by} names {check.with_value(named[0])}, and {check.with_value(best[0])} is better"
        return claim(ClaimState.REFUTED, text)
    return claim(ClaimState.CONFIRMED, _best_text(check, best, named))


def _named(check: StudyCheck, library: tuple[int, ...]) -> tuple[tuple[int, ...] | None, str]:
    """Return the trials that something names as the best, None for nothing, and what names them.

    Raises:
        ReproError: the file that names them cannot be read.
    """
    if check.search.best:
        return _named_by_file(check), shown(check.search.best)
    if check.study.winner is not None:
        return (check.study.winner,), "the record"
    return library or None, "Optuna"


def _named_by_file(check: StudyCheck) -> tuple[int, ...]:
    name = check.search.best
    path = check.config.root / name
    try:
        table = read_table(read_regular(path), path.name)
    except OSError as error:
        raise ArtifactUnreadable(
            f"{shown(name)} cannot be read: {error.strerror}",
            remedy="Let the step write it, and declare it among its outputs.",
        ) from error
    found = named_by(table, check.study)
    if found is None:
        raise ArtifactUnreadable(f"{shown(name)} holds no parameters of this search")
    return found


def _best_text(check: StudyCheck, best: tuple[int, ...], named: Sequence[int]) -> str:
    study = check.study
    if len(study.goals) > 1:
        text = f"{trials_text(best)} {'are' if len(best) > 1 else 'is'} the Pareto front of {counts(study)}"
    else:
        first = next((number for number in named if number in best), best[0])
        text = f"{check.with_value(first)} is the best of {counts(study)}"
    bare = tuple(without_values(study))
    return f"{text}; {trials_text(bare)} without a value" if bare else text
