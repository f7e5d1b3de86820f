"""The table of public reports is sound, and some of them are asked about.

All of them: `python -m bench.public_reports`.
"""

import re
import sys
from pathlib import Path

import pytest

from bench.public_reports import page
from bench.public_reports.catalogue import BY_NAME, REPORTS
from bench.public_reports.model import PROJECTS, Answer
from bench.public_reports.trial import attempt, load

CHEAP = ("time_budget", "model_card_time")
"""What needs the packages of `.venv` alone: a line, and a value."""


def test_there_are_many_and_each_has_a_project():
    assert len(REPORTS) >= 50
    assert set(BY_NAME) == {path.stem for path in PROJECTS.glob("*.py")}
    assert len(BY_NAME) == len(REPORTS)


def test_each_stands_for_an_issue():
    assert [] == [one.name for one in REPORTS if not re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", one.issue)]
    assert len(REPORTS) == len({one.issue for one in REPORTS})


@pytest.mark.parametrize("report", REPORTS, ids=BY_NAME)
def test_lines_are_marked_where_a_line_is_right(report):
    assert bool(report.lines) == ("line" in report.right.cause)
    if report.right.answer is not Answer.REPRODUCED:
        assert report.right.remedy


def test_the_page_shows_the_results_that_are_kept():
    results = load()
    trials = [results[name] for name in BY_NAME if name in results]
    assert page.render(trials) == page.PAGE.read_text(encoding="utf-8")
    assert len(REPORTS) == len(trials)


@pytest.mark.parametrize("name", CHEAP)
def test_a_public_report_gets_the_right_answer(name):
    trial = attempt(BY_NAME[name], [Path(sys.executable)])
    assert "" == trial.skipped
    assert trial.right, trial.said
