# SPDX-License-Identifier: Apache-2.0
"""The record of a search for hyperparameters, whatever wrote it, and its one text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from repro_action.errors import ArtifactUnreadable

FORMAT = "search"
"""Format of a tree whose one leaf is the text of a record."""

MOST_TRIALS = 100_000
"""Trials of all studies of one record."""


class TrialState(StrEnum):
    """What became of a trial."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    RUNNING = "running"
    """It was asked for, and nothing was written of its end."""
    WAITING = "waiting"


class SearchGoal(StrEnum):
    """Which values of an objective are better."""

    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParam:
    """One parameter of one trial.

    Attributes:
        value: as the objective got it.
        internal: the number that Optuna keeps of it; None where another library wrote the record.
        distribution: what it was drawn from, as Optuna's JSON; empty likewise.
    """

    name: str
    value: object
    internal: float | None = None
    distribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrial:
    """One trial.

    Attributes:
        number: from 0, in the order of asking.
        params: in the order in which they were asked for.
        values: one an objective; empty where it has none.
        points: step → value that was reported while it trained.
        user_attrs, system_attrs: what was noted of it; any JSON.
        started, ended: seconds since the epoch; None where that is unknown.
        worker: that asked for it; empty where that is unknown.
        reported: the numbers of its last report, where the record does not say which of them is the value.
    """

    number: int
    state: TrialState
    params: tuple[SearchParam, ...] = ()
    values: tuple[float, ...] = ()
    points: tuple[tuple[int, float], ...] = ()
    user_attrs: Mapping[str, object] = field(default_factory=dict)
    system_attrs: Mapping[str, object] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    worker: str = ""
    reported: Mapping[str, float] = field(default_factory=dict)

    @property
    def chosen(self) -> dict[str, object]:
        """The parameters by name."""
        return {param.name: param.value for param in self.params}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStudy:
    """One search.

    Attributes:
        name: empty where the library has no names.
        goals: one an objective; none where trials have `reported` for values.
        metric: the reported number that the search went by; empty where the record says nothing of it.
        trials: in the order of their numbers.
        winner: number of the trial that the record itself names as the best; None where it names none.
        unranked: why its winner need not be the one of the best value; empty where it must be.
        contradictions: what the record says of its winner that its own trials deny.
    """

    name: str
    goals: tuple[SearchGoal, ...]
    metric: str = ""
    trials: tuple[SearchTrial, ...] = ()
    winner: int | None = None
    unranked: str = ""
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord:
    """What one file records.

    Attributes:
        library: that wrote it: `optuna`, `sklearn`, `ray`.
        studies: one or more.
    """

    library: str
    studies: tuple[SearchStudy, ...]


def to_text(record: SearchRecord) -> str:
    """Return the one text of a record.

    Raises:
        ArtifactUnreadable: it has too many trials.
    """
    if sum(len(study.trials) for study in record.studies) > MOST_TRIALS:
        raise ArtifactUnreadable(f"it has more than {MOST_TRIALS} trials")
    return json.dumps(asdict(record), separators=(",", ":"))


def from_text(text: str) -> SearchRecord:
    """Return what `to_text` wrote.

    Raises:
        ArtifactUnreadable: it is no such text.
    """
    import msgspec

    try:
        return msgspec.convert(json.loads(text), SearchRecord)
    except (ValueError, RecursionError) as error:  # msgspec.ValidationError is a ValueError
        raise ArtifactUnreadable(f"its record is malformed: {str(error)[:200]}") from error
