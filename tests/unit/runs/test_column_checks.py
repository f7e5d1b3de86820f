# SPDX-License-Identifier: Apache-2.0
"""Rules of columns: what breaks them is counted and placed, and no value is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.config.column_rules import ColumnRule
from repro_action.drift.raw import RawTable, column_of_numbers, column_of_texts
from repro_action.profiles.cells import MISSING, cell_value
from repro_action.runs.column_checks import broken_rules


def table(**columns: list[str] | np.ndarray) -> RawTable:
    made = {
        name: column_of_texts(cells) if isinstance(cells, list) else column_of_numbers(cells)
        for name, cells in columns.items()
    }
    return RawTable(rows=next(iter(made.values())).rows, columns=made)


def broken(cells: list[str] | np.ndarray, **rules: object) -> list[str]:
    return [line.removeprefix("column ") for line in broken_rules(table(x=cells), {"x": ColumnRule(**rules)})]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "rules", "expected"),
    [
        (["1", "2", "3"], {"minimum": 1, "maximum": 3, "unique": True, "missing_max": 0.0}, []),
        (["1", "-4", "3"], {"minimum": 0}, ["x: 1 cell below min = 0 (row 2)"]),
        (["1", "9", "8"], {"maximum": 7.5}, ["x: 2 cells above max = 7.5 (rows 2, 3)"]),
        (["1", "NA", ""], {"missing_max": 0.5}, ["x: 2 cells missing, 66.67% of the cells, more than missing_max = 0.5 (rows 2, 3)"]),
        (["1", "NA", ""], {"missing_max": 0.7}, []),
        (["a", "b", "a", "a"], {"unique": True}, ["x: 2 cells repeated, where `unique` is set (rows 3, 4)"]),
        (["", "", "a"], {"unique": True}, []),
        (["1.0", "1", "2"], {"unique": True}, ["x: 1 cell repeated, where `unique` is set (row 2)"]),
        (["1", "x", "3"], {"minimum": 0}, ["x: 1 cell no number, where `min` or `max` is set (row 2)"]),
        (["1", "x", "3"], {"type": "number"}, ["x: 1 cell of another type than number (row 2)"]),
        (["1", "2.5", "3"], {"type": "integer"}, ["x: 1 cell of another type than integer (row 2)"]),
        (["2024-01-02", "soon"], {"type": "date"}, ["x: 1 cell of another type than date (row 2)"]),
        (["true", "False", "1"], {"type": "boolean"}, ["x: 1 cell of another type than boolean (row 3)"]),
        (["true", "False"], {"type": "boolean"}, []),
        (["anything", "1"], {"type": "text"}, []),
        (["a", "b", "c"], {"allowed": ("a", "b")}, ["x: 1 cell not among the allowed values (row 3)"]),
        (["1.0", "2", ""], {"allowed": ("1", "2")}, []),
        (np.array([1.0, np.nan, 3.0]), {"type": "integer", "maximum": 2}, ["x: 1 cell above max = 2 (row 3)"]),
        (np.array([1.0, np.inf]), {"maximum": 5}, ["x: 1 cell above max = 5 (row 2)"]),
        (np.array([7.0, 7.0]), {"allowed": ("7",), "unique": True}, ["x: 1 cell repeated, where `unique` is set (row 2)"]),
        ([str(n % 2) for n in range(40)], {"maximum": 0}, ["x: 20 cells above max = 0 (rows 2, 4, 6, 8, 10, …)"]),
        ([], {"minimum": 0, "unique": True, "missing_max": 0.0, "allowed": ("a",)}, []),
    ],
)  # fmt: skip
def test_a_rule_names_how_many_cells_break_it_and_where(
    cells: list[str] | np.ndarray, rules: dict[str, object], expected: list[str]
) -> None:
    assert expected == broken(cells, **rules)


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    known = replace(column_of_texts(["1"]), name="age")
    rules = {"agee": ColumnRule(), "z": ColumnRule(), "a\x1b[31m\n": ColumnRule()}
    found = list(broken_rules(RawTable(rows=1, columns={"age": known}), rules))
    assert ["column agee is missing; is it age?", "column z is missing"] == found[:2]
    assert found[2].isprintable()


CELLS = st.lists(st.sampled_from(["", "NA", "1", "1.0", "-2", "2.5", "x", "true", "2024-01-02"]), max_size=30)


@given(CELLS, st.integers(-3, 3))
def test_bounds_agree_with_each_cell_read_by_itself(cells: list[str], least: int) -> None:
    values = [cell_value(cell) for cell in cells]
    low = sum(kind == "number" and value < least for kind, value in values)
    found = [line for line in broken(cells, minimum=float(least)) if f"below min = {least}" in line]
    assert [low] * bool(low) == [int(line.split()[1]) for line in found]


@given(CELLS)
def test_missing_cells_agree_with_each_cell_read_by_itself(cells: list[str]) -> None:
    missing = sum(cell in MISSING for cell in cells)
    assert [missing] * bool(missing) == [int(line.split()[1]) for line in broken(cells, missing_max=0.0)]
