# SPDX-License-Identifier: Apache-2.0
"""The studies of Optuna's database as records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import FileSource, ReadContext
from repro_action.readers.searches.record import (
    SearchGoal,
    SearchParam,
    SearchRecord,
    SearchStudy,
    SearchTrial,
    TrialState,
)
from repro_action.readers.tables.sqlite_file import SqliteReader
from repro_action.readers.tracking.database import DatabaseMeaning, Parts, Table
from repro_action.readers.tracking.optuna_database import OPTUNA, OptunaStudy, OptunaTrial, studies_of

GOALS = {"MINIMIZE": SearchGoal.MIN, "MAXIMIZE": SearchGoal.MAX}
"""Goal by the name that Optuna has for it."""

STATES = {
    "RUNNING": TrialState.RUNNING,
    "COMPLETE": TrialState.COMPLETE,
    "PRUNED": TrialState.PRUNED,
    "FAIL": TrialState.FAILED,
    "WAITING": TrialState.WAITING,
}
"""State by the name that Optuna has for it."""


def database_record(source: FileSource, context: ReadContext) -> SearchRecord:
    """Return the record of a database.

    Raises:
        ArtifactUnreadable: it is none of Optuna's, damaged, or beyond a limit.
        KeyError, TypeError, ValueError: a table is malformed.
    """
    found: list[SearchRecord] = []

    def read(tables: Mapping[str, Table], _context: ReadContext) -> Parts:
        studies = tuple(_study(study, context) for study in studies_of(tables))
        found.append(SearchRecord(library="optuna", studies=studies))
        return [], []

    meaning = DatabaseMeaning(format=OPTUNA.format, tables=OPTUNA.tables, read=read)
    SqliteReader((meaning,)).read(source, context)
    if not found:
        raise ArtifactUnreadable("the database holds no study of Optuna")
    return found[0]


def _study(study: OptunaStudy, context: ReadContext) -> SearchStudy:
    goals = tuple(GOALS[study.directions[place]] for place in sorted(study.directions))
    trials = []
    for number in sorted(study.trials):
        context.check_time()
        trials.append(_trial(study.trials[number]))
    return SearchStudy(name=study.name, goals=goals, trials=tuple(trials))


def _trial(trial: OptunaTrial) -> SearchTrial:
    params = tuple(
        SearchParam(
            name=name,
            value=value,
            internal=trial.internal[name],
            distribution=json.dumps(trial.distributions[name]),
        )
        for name, value in trial.params.items()
    )
    return SearchTrial(
        number=trial.number,
        state=STATES[trial.state],
        params=params,
        values=tuple(trial.values[place] for place in sorted(trial.values)),
        points=tuple(sorted(trial.intermediate.items())),
        user_attrs=trial.user_attrs,
        system_attrs=trial.system_attrs,
        started=moment(trial.started),
        ended=moment(trial.ended),
    )


def moment(text: object) -> float | None:
    """Return a time as seconds since the epoch; None where there is none. One without a zone is UTC."""
    if not isinstance(text, str):
        return None
    found = dt.datetime.fromisoformat(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)).timestamp()
