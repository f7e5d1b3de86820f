# SPDX-License-Identifier: Apache-2.0
"""The studies of Optuna's journal as records: its operations, applied in their order.

See JournalStorage of Optuna (optuna/storages/journal/_storage.py): what another worker asks of a trial that
has ended, of a trial or study that is not there, or a second time of a study's name, has no effect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.parsing import json_value
from repro_action.readers.protocol import FileSource, ReadContext
from repro_action.readers.searches.optuna_rows import moment
from repro_action.readers.searches.record import (
    MOST_TRIALS,
    SearchGoal,
    SearchParam,
    SearchRecord,
    SearchStudy,
    SearchTrial,
    TrialState,
)
from repro_action.readers.tracking.optuna_journal import OptunaJournalReader
from repro_action.readers.whole import whole_text

_GOALS = {1: SearchGoal.MIN, 2: SearchGoal.MAX}
_STATES = dict(
    enumerate(
        (
            TrialState.RUNNING,
            TrialState.COMPLETE,
            TrialState.PRUNED,
            TrialState.FAILED,
            TrialState.WAITING,
        )
    )
)
_ENDED = frozenset({TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED})
_LAST_KNOWN = 9
"""The largest operation of which it is known what it does; see `JournalOperation`."""

Operation = Mapping[str, object]


def journal_record(source: FileSource, context: ReadContext) -> SearchRecord:
    """Return the record of a journal.

    Raises:
        ArtifactUnreadable: a line is not valid JSON, asks for something unknown, or it is too large.
        KeyError, TypeError, ValueError: an operation is malformed.
    """
    replayed = _Replayed()
    text = whole_text(source, context, copies=OptunaJournalReader.size_limit.copies)
    for number, line in enumerate(text.split("\n")):
        if number % 1024 == 0:
            context.check_time()
        if not line.strip():
            continue
        operation = json_value(line, called=f"line {number + 1} is ")
        if not isinstance(operation, dict):
            raise ArtifactUnreadable(f"line {number + 1} is no operation")
        replayed.apply(operation)
    return SearchRecord(library="optuna", studies=replayed.studies())


@dataclass(slots=True)
class _Replayed:
    """What the operations so far made."""

    names: dict[int, tuple[str, tuple[SearchGoal, ...]]] = field(default_factory=dict)
    numbers: dict[int, list[int]] = field(default_factory=dict)
    trials: list[SearchTrial] = field(default_factory=list)
    made: int = 0
    choices: dict[str, list[object] | None] = field(default_factory=dict)

    def studies(self) -> tuple[SearchStudy, ...]:
        return tuple(
            SearchStudy(name=name, goals=goals, trials=tuple(self.trials[one] for one in self.numbers[study]))
            for study, (name, goals) in self.names.items()
        )

    def apply(self, operation: Operation) -> None:
        code = operation["op_code"]
        match code:
            case 0:
                self._study(operation)
            case 1:
                self.names.pop(_whole(operation["study_id"]), None)
            case 2 | 3:
                pass  # notes of a study say nothing of its trials
            case 4:
                self._trial(operation)
            case int() if 5 <= code <= _LAST_KNOWN:
                self._of_a_trial(code, operation)
            case _:
                raise ArtifactUnreadable(f"its operation {code!r} is unknown to this release")

    def _study(self, operation: Operation) -> None:
        name = _text(operation["study_name"])
        if name in (known for known, _ in self.names.values()):
            return
        directions = operation["directions"]
        if not isinstance(directions, list):
            raise TypeError("directions are no list")
        self.names[self.made] = (name, tuple(_GOALS[one] for one in directions))
        self.numbers[self.made] = []
        self.made += 1

    def _trial(self, operation: Operation) -> None:
        study = _whole(operation["study_id"])
        if study not in self.names:
            return
        if len(self.trials) >= MOST_TRIALS:
            raise ArtifactUnreadable(f"it has more than {MOST_TRIALS} trials")
        params, distributions = _table(operation, "params"), _table(operation, "distributions")
        values = operation.get("values")
        value = operation.get("value")
        self.numbers[study].append(len(self.trials))
        self.trials.append(
            SearchTrial(
                number=len(self.numbers[study]) - 1,
                state=_STATES[_whole(operation.get("state", 0))],
                params=tuple(self._param(name, params[name], distributions[name]) for name in params),
                values=_numbers(values if values is not None else [] if value is None else [value]),
                points=tuple(
                    (int(step), _number(point))
                    for step, point in _table(operation, "intermediate_values").items()
                ),
                user_attrs=_table(operation, "user_attrs"),
                system_attrs=_table(operation, "system_attrs"),
                started=moment(operation.get("datetime_start")),
                ended=moment(operation.get("datetime_complete")),
                worker=_text(operation["worker_id"]),
            )
        )

    def _of_a_trial(self, code: int, operation: Operation) -> None:
        place = _whole(operation["trial_id"])
        if not 0 <= place < len(self.trials) or self.trials[place].state in _ENDED:
            return
        self.trials[place] = self._changed(code, operation, self.trials[place])

    def _changed(self, code: int, operation: Operation, trial: SearchTrial) -> SearchTrial:
        match code:
            case 5:
                name = _text(operation["param_name"])
                param = self._param(name, operation["param_value_internal"], operation["distribution"])
                others = tuple(one for one in trial.params if one.name != name)
                return replace(trial, params=(*others, param))
            case 6:
                return _ended(operation, trial)
            case 7:
                step, value = _whole(operation["step"]), _number(operation["intermediate_value"])
                points = tuple(point for point in trial.points if point[0] != step)
                return replace(trial, points=(*points, (step, value)))
            case 8:
                return replace(trial, user_attrs={**trial.user_attrs, **_table(operation, "user_attr")})
        return replace(trial, system_attrs={**trial.system_attrs, **_table(operation, "system_attr")})

    def _param(self, name: str, internal: object, distribution: object) -> SearchParam:
        number, text = _number(internal), _text(distribution)
        if text not in self.choices:
            self.choices[text] = _choices(text)
        choices = self.choices[text]
        value: object = number
        if choices is not None:
            value = choices[int(number)] if 0 <= number < len(choices) else None
        elif '"Int' in text[:30]:
            value = int(number)
        return SearchParam(name=name, value=value, internal=number, distribution=text)


def _ended(operation: Operation, trial: SearchTrial) -> SearchTrial:
    state = _STATES[_whole(operation["state"])]
    values = operation.get("values")
    moved = replace(trial, state=state, values=_numbers(values) if values is not None else trial.values)
    if state is TrialState.RUNNING:
        worker = _text(operation["worker_id"])
        return replace(moved, started=moment(operation.get("datetime_start")), worker=worker)
    return replace(moved, ended=moment(operation.get("datetime_complete")))


def _choices(distribution: str) -> list[object] | None:
    """Return what a categorical distribution chooses from; None of any other."""
    attributes = json.loads(distribution)["attributes"]
    if not isinstance(attributes, dict):
        raise TypeError("a distribution has no attributes")
    choices = attributes.get("choices")
    if choices is not None and not isinstance(choices, list):
        raise TypeError("choices are no list")
    return choices


def _table(operation: Operation, key: str) -> dict[str, object]:
    found = operation.get(key, {})
    if not isinstance(found, dict):
        raise TypeError(f"{key} is no object")
    return found


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise TypeError("values are no list")
    return tuple(map(_number, values))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a value is no number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a number is not whole")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is none")
    return value
