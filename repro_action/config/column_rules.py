# SPDX-License-Identifier: Apache-2.0
"""What the cells of a column of data must be: `[data.columns.NAME]` below its `[[data]]` entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from repro_action.config.typed_table import MalformedValue, TypedTable

ColumnType = Literal["number", "integer", "boolean", "date", "text"]
COLUMN_TYPES: tuple[ColumnType, ...] = ("number", "integer", "boolean", "date", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """The rule of one column; what is None is not asked.

    Attributes:
        type: of each cell that is not missing; empty for any. An integer is a number; any cell is a text.
        minimum, maximum: of its numbers, both allowed.
        unique: whether no value may occur twice.
        missing_max: largest share of missing cells, from 0 to 1.
        allowed: the only texts of its cells that are not missing; of numbers their shortest text.
    """

    type: ColumnType | Literal[""] = ""
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False
    missing_max: float | None = None
    allowed: tuple[str, ...] | None = None


def profile_of(table: TypedTable) -> str:
    """Return how much a profile shows, `private` or `full`; empty for none.

    Raises:
        MalformedValue: `profile` is neither a boolean nor "full".
    """
    if not table.has("profile"):
        return ""
    try:
        return "private" if table.flag("profile", default=False) else ""
    except MalformedValue:
        return table.choice("profile", ("full",), "full")


def column_rules(table: TypedTable) -> Mapping[str, ColumnRule]:
    """Return the rules of a `[[data]]` entry by column.

    Raises:
        MalformedValue: a value has a type that the schema refuses.
    """
    return {name: _rule(rule) for name, rule in table.table("columns").items()}


def _rule(table: TypedTable) -> ColumnRule:
    return ColumnRule(
        type=table.choice("type", COLUMN_TYPES, "text") if table.has("type") else "",
        minimum=table.number("min") if table.has("min") else None,
        maximum=table.number("max") if table.has("max") else None,
        unique=table.flag("unique", default=False),
        missing_max=table.number("missing_max") if table.has("missing_max") else None,
        allowed=table.texts("allowed") if table.has("allowed") else None,
    )
