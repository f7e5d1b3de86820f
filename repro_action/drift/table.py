# SPDX-License-Identifier: Apache-2.0
"""Two tables compared column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from repro_action.drift import chance
from repro_action.drift.column import DRIFTS, ColumnDrift, ColumnState, Samples, compare_columns
from repro_action.drift.limits import SMALLEST, DriftLimits


class DriftAnswer(StrEnum):
    """What is concluded of a table."""

    STABLE = "stable"
    DRIFTED = "drifted"
    UNDECIDED = "undecided"
    """It has too few rows to tell, and what can be told did not drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDrift:
    """What is found of a table.

    Attributes:
        rows, new_rows: of both tables.
        columns: first those that drifted, the farthest first; then the others, in the old table's order.
    """

    rows: int
    new_rows: int
    columns: tuple[ColumnDrift, ...]

    @property
    def answer(self) -> DriftAnswer:
        """What is concluded; nothing compared is never stable."""
        states = {column.state for column in self.columns}
        if states & DRIFTS:
            return DriftAnswer.DRIFTED
        small = min(self.rows, self.new_rows) < SMALLEST
        return DriftAnswer.UNDECIDED if small or states <= {ColumnState.SMALL} else DriftAnswer.STABLE

    def without_values(self) -> TableDrift:
        """Return the same without names of categories, which are values of the data."""
        columns = tuple(replace(column, added=(), gone=()) for column in self.columns)
        return replace(self, columns=columns)

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that drifted, the farthest first."""
        return tuple(column for column in self.columns if column.state in DRIFTS)


def compare_tables(
    old: Samples,
    new: Samples,
    limits: Mapping[str, DriftLimits],
    *,
    rows: int,
    new_rows: int,
    default: DriftLimits | None = None,
) -> TableDrift:
    """Compare two tables.

    Args:
        old: its columns by name.
        new: likewise.
        limits: of columns that have their own.
        rows: of the old table.
        new_rows: of the new one.
        default: of all others.
    """
    names = [*old, *(name for name in new if name not in old)]
    usual = default or DriftLimits()
    found = [
        compare_columns(name, old.get(name), new.get(name), limits.get(name, usual), columns=len(names))
        for name in names
    ]
    tested = [column.p_value for column in found if column.p_value is not None]
    q_values = iter(chance.adjusted(tested))
    whole = [
        column if column.p_value is None else replace(column, q_value=next(q_values)) for column in found
    ]
    return TableDrift(rows=rows, new_rows=new_rows, columns=tuple(sorted(whole, key=_severity)))


def _severity(column: ColumnDrift) -> tuple[bool, float]:
    """Order columns: drifted ones first, by how many times a limit is exceeded; others keep their place."""
    if column.state not in DRIFTS:
        return True, 0.0
    times = [abs(one.value) / one.limit for one in column.distances if one.exceeded and one.limit > 0]
    return False, -max(times, default=float("inf"))
