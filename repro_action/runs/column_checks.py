# SPDX-License-Identifier: Apache-2.0
"""Holds the cells of a table against the rules of its columns; says where, and never what a cell is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from repro_action.config.column_rules import ColumnRule, ColumnType
from repro_action.drift.sample import SampleKind
from repro_action.profiles.cells import cell_value, column_key, number_text
from repro_action.text import clean, plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repro_action.drift.raw import RawColumn, RawTable

_KINDS = {"date": "datetime"}
_ROWS = 5
"""Rows that are named."""


def broken_rules(table: RawTable, rules: Mapping[str, ColumnRule]) -> Iterator[str]:
    """Yield one line a rule that is broken: column, how many cells, the first rows' numbers from 1.

    Args:
        table: its cells.
        rules: column → rule.
    """
    for name, rule in rules.items():
        column = table.columns.get(column_key(name))
        shown = f"column {clean(name, 80)}"
        if column is None:
            near = get_close_matches(name, [one.name for one in table.columns.values()], n=1)
            yield f"{shown} is missing" + (f"; is it {clean(near[0], 80)}?" if near else "")
            continue
        yield from (f"{shown}: {line}" for line in _broken(column, rule))


def _broken(column: RawColumn, rule: ColumnRule) -> Iterator[str]:
    import numpy as np

    numbers = column.numbers
    missing = ~present_cells(column)
    if rule.type:
        yield from _found(~cells_of_type(column, rule.type) & ~missing, f"of another type than {rule.type}")
    if rule.minimum is not None or rule.maximum is not None:
        yield from _found(np.isnan(numbers) & ~missing, "no number, where `min` or `max` is set")
    if rule.minimum is not None:
        yield from _found(numbers < rule.minimum, f"below min = {rule.minimum:g}")
    if rule.maximum is not None:
        yield from _found(numbers > rule.maximum, f"above max = {rule.maximum:g}")
    if rule.missing_max is not None and column.rows and missing.mean() > rule.missing_max:
        share = f"{missing.mean():.2%} of the cells, more than missing_max = {rule.missing_max:g}"
        yield from _found(missing, f"missing, {share}")
    if rule.allowed is not None:
        yield from _found(_not_allowed(column, rule.allowed) & ~missing, "not among the allowed values")
    if rule.unique:
        values = numbers if column.codes is None else column.codes
        yield from _found(_repeated(values, missing), "repeated, where `unique` is set")


def present_cells(column: RawColumn) -> NDArray[np.bool_]:
    """Return which cells have a value, shape `(rows,)`."""
    import numpy as np

    return ~np.isnan(column.numbers) if column.codes is None else column.codes >= 0


def cells_of_type(column: RawColumn, wanted: ColumnType) -> NDArray[np.bool_]:
    """Return which cells are of a type, shape `(rows,)`; a missing one is of none."""
    import numpy as np

    present = present_cells(column)
    if wanted == "text":
        return present
    if column.codes is not None:
        answers = np.array([*(_is_of_type(label, wanted) for label in column.labels), False])
        return answers[column.codes]
    dated = column.kind is SampleKind.DATE
    if wanted == "boolean" or dated != (wanted == "date"):
        return np.zeros(column.rows, np.bool_)
    whole = column.numbers == np.floor(column.numbers)
    return present & whole if wanted == "integer" else present


def _is_of_type(label: str, wanted: ColumnType) -> bool:
    if label.endswith(" s") and cell_value(label[:-2])[0] == "number":
        return wanted == "date"  # how a date stands among cells of other kinds: see `category_key`
    kind, value = cell_value(label)
    if wanted == "integer":
        return kind == "number" and value == value // 1
    return kind == _KINDS.get(wanted, wanted)


def _not_allowed(column: RawColumn, allowed: tuple[str, ...]) -> NDArray[np.bool_]:
    import numpy as np

    known = frozenset(allowed)
    if column.codes is not None:
        wrong = np.array([label not in known for label in column.labels] + [False])
        return wrong[column.codes]
    each, places = np.unique(column.numbers, return_inverse=True)
    texts = ("" if value != value else number_text(value) for value in each.tolist())  # noqa: PLR0124
    return np.array([text not in known for text in texts], np.bool_)[places.reshape(-1)]


def _repeated(values: NDArray[np.generic], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells have a value that stands in an earlier row, too."""
    import numpy as np

    firsts = np.unique(values, return_index=True)[1]
    repeated = np.ones(len(values), np.bool_)
    repeated[firsts] = False
    return repeated & ~missing


def _found(wrong: NDArray[np.bool_], what: str) -> Iterator[str]:
    import numpy as np

    rows = (np.flatnonzero(wrong) + 1).tolist()
    if rows:
        listed = ", ".join(map(str, rows[:_ROWS])) + (", …" if len(rows) > _ROWS else "")
        yield f"{plural(len(rows), 'cell')} {what} (row{'s' if len(rows) > 1 else ''} {listed})"
