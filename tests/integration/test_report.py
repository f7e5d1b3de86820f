"""`repro report` shows again what was found, as text, as JSON and as one page."""

import json
from functools import partial
from pathlib import Path

import pytest
from e2e.project import copy
from html_dom import PageDom
from integration import command

TINY = Path(__file__).parents[1] / "e2e" / "tiny"

repro = partial(command.repro, COLUMNS="80")


@pytest.fixture
def tiny(tmp_path):
    return copy(TINY, tmp_path / "tiny")


def test_the_page_of_the_last_run(tiny):
    verified = repro(tiny, "verify", "-q")
    done = repro(tiny, "report", "--html", "page.html")
    assert (0, "") == (done.returncode, done.stderr)
    assert "page.html (" in done.stdout
    page = (tiny / "page.html").read_text(encoding="utf-8")
    assert "no baseline" in " ".join(PageDom.of(page).texts)
    again = repro(tiny, "report", "--html", "again.html", "--json")
    document = json.loads(again.stdout)
    assert ("report", 0, "no_baseline") == tuple(document[key] for key in ("command", "exit_code", "verdict"))
    assert page == (tiny / "again.html").read_text(encoding="utf-8")
    assert 3 == verified.returncode


def test_a_report_that_was_made_elsewhere(tiny, tmp_path):
    repro(tiny, "verify", "-q", "--report-json", "report.json")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = repro(elsewhere, "report", str(tiny / "report.json"), "--html", "page.html")
    assert 0 == done.returncode
    assert (elsewhere / "page.html").is_file()
    shown = repro(elsewhere, "report", str(tiny / "report.json"))
    assert 0 == shown.returncode
    assert "no baseline" in shown.stdout


def test_no_report_is_one_clear_error(tiny):
    done = repro(tiny, "report", "--html", "page.html")
    assert 2 == done.returncode
    assert "there is no finished run" in done.stderr
    absent = repro(tiny, "report", "nowhere.json", "--html", "page.html")
    assert 2 == absent.returncode
    assert "nowhere.json" in absent.stderr
    (tiny / "other.json").write_text('{"version": 7}', encoding="utf-8")
    other = repro(tiny, "report", "other.json", "--html", "page.html")
    assert 2 == other.returncode
    assert "not a report" in other.stderr
    assert not (tiny / "page.html").exists()
