# SPDX-License-Identifier: Apache-2.0
"""What `repro drift` answers: whether new data is like the data that the model was accepted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from repro_action.drift.classifier import RowsCheck
from repro_action.drift.column import ColumnDrift, ColumnState, Distance
from repro_action.drift.table import DriftAnswer, TableDrift

__all__ = ["ColumnDrift", "ColumnState", "Distance", "DriftAnswer", "DriftReport", "RowsCheck", "TableDrift"]

_EXIT = {DriftAnswer.STABLE: 0, DriftAnswer.DRIFTED: 1, DriftAnswer.UNDECIDED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """Two tables compared, and the outputs of the model for both where they were given.

    Attributes:
        version, command: of its document.
        tool: version of repro.
        name: the model's name.
        answer: what is concluded of everything together.
        subject: path of the new data.
        against: path of the old data.
        from_profile: whether the old data is known by its profile in the baseline only.
        data: what is found of the data.
        together: what a classifier says of whole rows; None where not both tables are at hand.
        predictions: what is found of the model's outputs; None where none were given.
        expected: columns of the new data alone that are no drift, since it is exported by monitoring.
        notes: what people should know of how it was compared.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "drift"

    tool: str
    name: str
    answer: DriftAnswer
    subject: str
    against: str
    from_profile: bool
    data: TableDrift
    together: RowsCheck | None = None
    predictions: TableDrift | None = None
    expected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit status of the command: 0 no drift, 1 drift, 2 it cannot be told."""
        return _EXIT[self.answer]


def concluded(data: TableDrift, together: RowsCheck | None, predictions: TableDrift | None) -> DriftAnswer:
    """Return what is concluded of everything: any drift counts, and what cannot be told is no pass."""
    answers = {data.answer} | ({predictions.answer} if predictions is not None else set())
    if together is not None and together.drifted:
        answers.add(DriftAnswer.DRIFTED)
    order = (DriftAnswer.DRIFTED, DriftAnswer.UNDECIDED, DriftAnswer.STABLE)
    return next(answer for answer in order if answer in answers)
