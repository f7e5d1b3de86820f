# SPDX-License-Identifier: Apache-2.0
"""The report in a terminal and in a log."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import pytest

from repro_action.errors import ConfigError
from repro_action.report.build.failure import failed
from repro_action.report.model import Flavour, LeafDifference, Side, State
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal
from repro_action.report.render.terminal.style import console
from repro_action.steps.record import StepFailed, StepRecord
from repro_action.verdict import Verdict


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(report, width):
    assert max(len(line) for line in terminal.render(report, width=width).splitlines()) <= width


def test_ascii_is_enough(report):
    assert terminal.render(report, ascii_only=True).isascii()


def test_a_log_has_no_colours_and_no_wrapped_sentences(report):
    stream = io.StringIO()
    terminal.show(report, console(stream))
    assert "\x1b" not in stream.getvalue()
    assert report.headline in stream.getvalue()


def test_a_terminal_gets_colours_and_the_same_words(cases):
    stream = _Terminal()
    shown = console(stream, colour=True)
    terminal.show(cases["changed_params"], shown)
    assert "\x1b[1;31m" in stream.getvalue()
    assert "changed" in stream.getvalue()


def test_a_reproduced_report_is_quiet(cases):
    report = dataclasses.replace(cases["reproduced"], change=None)
    lines = terminal.render(report).splitlines()
    assert len(lines) <= 8
    assert "  identical     4 artifacts, 61 leaves, 5 metrics of out/metrics.json" in lines


def test_foreign_control_characters_and_markup_are_shown_as_text(cases):
    evil = "[bold]x[/bold]\x1b[2J\u202e"
    report = dataclasses.replace(cases["reproduced"], name=evil, headline=evil)
    shown = terminal.render(report)
    assert r"[bold]x[/bold]\x1b[2J\u202e" in shown
    assert "\x1b" not in shown


def test_a_comparison_alone_begins_with_its_answer(cases):
    stream = io.StringIO()
    terminal.show_comparison(cases["changed_params"].claim, console(stream), same=False)
    terminal.show_comparison(cases["reproduced"].claim, console(stream), same=True)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "≠ not identical"
    assert "✔ identical" in lines
    assert "materials" in stream.getvalue()


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("flavour", Flavour)
def test_every_verdict_and_flavour_has_words(cases, verdict, flavour):
    report = dataclasses.replace(cases["reproduced"], verdict=verdict, flavour=flavour, headline="")
    assert verdict.meaning in terminal.render(report)


def test_an_error_teaches():
    error = ConfigError(
        "the key 'sedd' is unknown", why="Did you mean 'seed'?", remedy="Rename it.", where="repro.toml:3"
    )
    assert terminal.render_notice(error.notice).splitlines() == [
        "error: the key 'sedd' is unknown",
        "where: repro.toml:3",
        "  why: Did you mean 'seed'?",
        "  fix: Rename it.",
    ]


def test_lines_of_an_error_that_go_on_are_aligned():
    error = ConfigError("one\ntwo", remedy="three")
    assert terminal.render_notice(error.notice).splitlines() == ["error: one", "       two", "  fix: three"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_facts_side_by_side_end_their_lines_between_two(cases, width):
    lines = terminal.render(cases["changed_params"], width=width).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("  inputs"))
    places = " · ".join(line[16:] for line in lines[start : start + (2 if width < 96 else 1)])
    assert places == "code = · data = · params ≠ · env = · seed = · determinism = · hardware ="


@pytest.mark.parametrize("width", [60, 80, 120])
def test_numbers_of_metrics_are_never_broken(cases, width):
    words = terminal.render(cases["changed_params"], width=width).split()
    assert {"0.9312", "0.9416", "+0.0104", "(+1.1", "better"} <= set(words)
    assert ("allowed" in words) == (width >= 80)


def test_no_colour_means_no_codes_of_any_kind(cases):
    stream = _Terminal()
    terminal.show(cases["changed_params"], console(stream, colour=False))
    assert "\x1b" not in stream.getvalue()


def test_two_artifacts_by_themselves_have_no_platform(cases):
    claim = cases["changed_params"].claim
    sides = (Side(label="a.npz", platform=""), Side(label="b.npz", platform=""))
    alone = dataclasses.replace(claim, before=sides[0], after=sides[1], strip=(), materials=())
    stream = io.StringIO()
    terminal.show_comparison(alone, console(stream), same=False, within=True)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "≈ inside the tolerance"
    assert "  compared      a.npz against b.npz" in lines
    assert "inputs" not in stream.getvalue()
    assert "3 more leaves differ; --json lists more" in stream.getvalue()


def test_a_line_of_many_leaves_says_how_many(cases):
    claim = cases["changed_params"].claim
    lines = (
        LeafDifference(path="t[0…29].tree_", state=State.DIFFERS, before="", after="", count=30),
        LeafDifference(path="t[30…31]", state=State.ADDED, before="", after="a.b.Tree", count=54),
    )
    item = dataclasses.replace(claim.artifacts[0], leaves=lines, leaf_count=90, hidden=1)
    report = dataclasses.replace(
        cases["changed_params"], claim=dataclasses.replace(claim, artifacts=(item,)), change=None
    )
    shown = terminal.render(report, width=100)
    assert "85 of 90 leaves" in shown
    assert "t[0…29].tree_  30 leaves differ" in shown
    assert "t[30…31] Tree  added, 54 leaves" in shown
    assert "1 more leaf differs; .repro/report.md lists more" in shown


def test_an_error_is_a_report_that_failed():
    report = failed(ConfigError("no file"), name="wine")
    assert (report.verdict, report.error.what) == (Verdict.FAILED, "no file")


def test_the_log_of_a_failed_step_is_named_in_a_terminal_and_in_a_file_on_the_machine_that_ran(cases):
    failed = cases["failed_step"]
    assert f"log           {failed.error.log}" in terminal.render(failed)
    assert f"  log: {failed.error.log}" in terminal.render_notice(failed.error)
    assert f"**Log:** `{failed.error.log}`" in markdown.render(failed)
    error = StepFailed(
        "it failed", record=StepRecord(name="a", trained=True, exit_code=1, seconds=0, log=Path("a.log"))
    )
    assert ("a.log", "") == (error.notice.log, error.notice.remedy)
    assert "it failed\nThe whole log: a.log" == str(error)


@pytest.mark.processes
def test_importing_the_report_imports_no_heavy_library():
    code = (
        "import sys, repro_action.report, repro_action.report.render.terminal.report, repro_action.report.render.markdown.report, "
        "repro_action.report.json.report, repro_action.report.render.terminal.progress, repro_action.report.build.failure; "
        "print(sorted({'rich', 'jsonschema', 'numpy', 'yaml', 'PIL', 'psutil'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
