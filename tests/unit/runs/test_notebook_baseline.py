# SPDX-License-Identifier: Apache-2.0
"""What a committed notebook says of its own execution."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro_action.errors import BaselineError
from repro_action.runs.notebook_baseline import CommittedCells, committed_cells, notices_of


def cells(*counts: int) -> CommittedCells:
    executed = {cell: count for cell, count in enumerate(counts, start=1) if count}
    return CommittedCells(executed=executed, has_outputs=True)


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ((), ()),
        ((1, 2, 3), ()),
        ((4, 0, 9, 12), ()),
        ((1, 7, 3, 4, 5), (2,)),
        ((1, 3, 2, 4), (2,)),
        ((3, 1, 2), (1,)),
        ((2, 2), (1,)),
    ],
)
def test_cells_out_of_order_are_the_fewest_that_explain_the_counts(counts, wrong):
    assert wrong == cells(*counts).out_of_order


def test_a_notice_names_the_cells():
    (notice,) = notices_of(cells(1, 7, 3), "a.ipynb")
    assert "out of order: cell 2" in notice.what
    assert "a.ipynb: cell 2" == notice.where
    assert () == notices_of(cells(1, 2), "a.ipynb")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"worksheets": []}', '{"cells": 3}', "[" * 100_000, '{"cells": {}}']
)
def test_what_is_no_notebook_is_one_clear_error(tmp_path: Path, text: str):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(BaselineError) as raised:
        committed_cells(tmp_path / "a.ipynb", "a.ipynb")
    assert "a.ipynb" == raised.value.where


@pytest.mark.parametrize(
    ("language", "version"),
    [
        ({"name": "python", "version": "3.9.2"}, "3.9.2"),
        ({"name": "python", "version": "3.9.2; rm"}, ""),
        ({"name": "R", "version": "4.1.0"}, ""),
        ({"name": "python", "version": 3}, ""),
        (None, ""),
    ],
)
def test_the_version_of_python_is_what_the_notebook_says(tmp_path: Path, language, version):
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [], "metadata": {"language_info": language}}))
    assert version == committed_cells(tmp_path / "a.ipynb", "a.ipynb").python


def test_odd_cells_are_passed_over(tmp_path: Path):
    odd = [None, 3, {"cell_type": "code", "execution_count": "x"}, {"cell_type": "markdown"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": odd}))
    assert CommittedCells(executed={}, has_outputs=False) == committed_cells(tmp_path / "a.ipynb", "a")
