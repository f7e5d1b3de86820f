# SPDX-License-Identifier: Apache-2.0
"""Cells of a notebook: what they are called, and where parameters go."""

from __future__ import annotations

import importlib
import math
import sys

import pytest

from repro_action.determinism.attach import HOOK
from repro_action.paths.names import CELL, notebook_of, place

sys.path.insert(0, str(HOOK))
cells = importlib.import_module("repro_hook.notebook.cells")
sys.path.remove(str(HOOK))


def code(source: str, *tags: str) -> dict:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": []}


def test_a_cell_has_the_same_name_here_and_in_the_hook():
    name = cells.cell_name("report.ipynb", 3)
    assert f"report.ipynb{CELL}3" == name
    assert "report.ipynb" == notebook_of(name)
    assert "report.ipynb: cell 3, line 2" == place(name, 2)
    assert "train.py:14" == place("train.py", 14)


def test_parameters_go_behind_the_defaults_or_in_the_place_of_earlier_ones():
    book = [code("a = 1", "parameters"), code("print(a)")]
    assert 1 == cells.inject(book, {"a": 2}, code(""))
    assert ["a = 1", "# Parameters\na = 2\n", "print(a)"] == [cell["source"] for cell in book]
    assert 1 == cells.inject(book, {"a": 3}, code(""))
    assert ["a = 1", "# Parameters\na = 3\n", "print(a)"] == [cell["source"] for cell in book]


def test_a_notebook_without_the_tag_takes_no_parameters():
    book = [code("a = 1"), {"cell_type": "markdown", "metadata": 3}]
    assert -1 == cells.inject(book, {"a": 2}, code(""))
    assert 2 == len(book)


@pytest.mark.parametrize(
    "value", [1, -0.5, 1e300, True, None, 'it\'s "so"\n', [1, [2.5, "x"]], {"a": {"b": [None]}}, math.inf]
)
def test_a_parameter_is_its_value(value):
    found: dict = {}
    exec(cells.assignments({"value": value}), found)
    assert value == found["value"]
    assert type(value) is type(found["value"])


def test_a_number_that_is_none_stays_one():
    found: dict = {}
    exec(cells.assignments({"value": math.nan}), found)
    assert math.isnan(found["value"])


@pytest.mark.parametrize("name", ["learning-rate", "class", "a = 1; b", ""])
def test_a_key_that_is_no_variable_is_refused(name):
    with pytest.raises(cells.Refused):
        cells.assignments({name: 1})


def test_cells_are_known_by_their_source_in_order():
    names = cells.CellNames(
        "a.ipynb", [code("x"), {"cell_type": "markdown", "source": ["y"]}, code("x"), code("y")]
    )
    assert ["a.ipynb: cell 1", "a.ipynb: cell 3", "a.ipynb: cell 4", ""] == [
        names.name(source) for source in ("x", "x", "y", "y")
    ]
