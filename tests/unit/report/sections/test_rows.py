# SPDX-License-Identifier: Apache-2.0
"""A section made of rows is shown by every medium without code of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from golden.report.cases import CASES
from golden.report.parts import STEPS

import repro_action
from repro_action.report.model import Report, StepLine, StepState
from repro_action.report.render.markdown.report import rows_part
from repro_action.report.render.terminal import layout
from repro_action.report.render.terminal.report import rows_lines
from repro_action.report.render.terminal.style import Painter
from repro_action.report.sections.rows import Quantity, Row, RowsSection
from repro_action.report.sections.table import SECTIONS

PAGE = Path(repro_action.__file__).parents[1] / "docs" / "extending.md"
REPORT = next(iter(CASES.values()))


def section(*rows: Row, **fields: object) -> RowsSection:
    made = {"name": "losses", "title": "Losses", "columns": ("loss", "of", "so many"), "rank": 18}
    return RowsSection(**{**made, "label": "losses", "rows": lambda _: rows, **fields})


def markdown(found: RowsSection, report: Report = REPORT) -> list[str]:
    return "\n".join(rows_part(report, found).blocks).splitlines()


def terminal(found: RowsSection, report: Report = REPORT) -> list[str]:
    painter = Painter(ascii_only=False, width=200)
    return layout.plain(rows_lines(report, found, painter), painter).splitlines()


def test_cells_follow_their_name_and_quantities_are_written_out():
    found = section(Row("mse", ("train", Quantity(3, "leaf"))))
    assert markdown(found) == [
        "| loss | of | so many |",
        "| --- | --- | --- |",
        "| `mse` | `train` | 3 leaves |",
    ]
    assert terminal(found) == ["  losses        mse: train · 3 leaves"]


def test_sides_are_before_and_after_and_say_where_one_is_missing():
    found = section(Row("mse", ("", "0.5")), sides=True)
    assert markdown(found)[-1] == "| `mse` | — | `0.5` |"
    assert terminal(found) == ["  losses        mse: none → 0.5"]


def test_what_a_limit_leaves_out_is_counted():
    found = section(*(Row(f"loss-{place}", ("", "")) for place in range(12)), limit=11)
    assert markdown(found)[-1] == "and 1 more"
    assert terminal(found)[-1].strip() == "and 2 more; .repro/report.md lists more"


def test_a_section_without_rows_is_not_shown():
    assert (markdown(section()), terminal(section())) == ([], [])


def test_a_section_without_a_label_is_not_shown_in_a_terminal():
    assert terminal(section(Row("mse", ("train", "1")), label="")) == []


def test_hostile_rows_are_escaped():
    (*_, line) = markdown(section(Row("a|b", ("<b>@org</b>", "`x`"))))
    assert line == r"| `a\|b` | `<b>@org</b>` | `` `x` `` |"


@pytest.mark.parametrize("found", SECTIONS, ids=lambda found: found.name)
def test_every_section_keeps_the_rules_of_its_fields(found):
    assert 14 <= found.rank <= 20
    assert len(found.label) < layout.LABEL
    for report in CASES.values():
        assert {len(found.columns)} >= {1 + len(row.cells) for row in found.rows(report)}


def test_the_worked_example_of_the_documentation_is_a_section():
    (source,) = re.findall(r"^```python\n(# SPDX.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(source, "extending.md", "exec", dont_inherit=True), names)
    slow = StepLine(name="test", state=StepState.RAN, seconds=90.0)
    report = replace(REPORT, steps=(*STEPS, slow))
    assert terminal(names["DURATIONS"], report)[:2] == [
        "  durations     test: 90 seconds",
        "                train: 12 seconds",
    ]
    assert markdown(names["DURATIONS"], report)[-3:-1] == [
        "| `test` | 90 seconds |",
        "| `train` | 12 seconds |",
    ]
