# SPDX-License-Identifier: Apache-2.0
"""The report in a terminal and in a log."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys

import pytest

from repro_action.errors import ConfigError
from repro_action.report import errors, terminal
from repro_action.report.model import Flavour
from repro_action.report.paint import console
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
    assert "  identical     4 artifacts, 61 leaves, 5 metrics" in lines


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
        "the key 'sedd' is unknown", why="Did you mean 'seed'?", cure="Rename it.", where="repro.toml:3"
    )
    assert errors.render(error).splitlines() == [
        "  where         repro.toml:3",
        "  what          the key 'sedd' is unknown",
        "  why           Did you mean 'seed'?",
        "  what to do    Rename it.",
    ]


def test_an_error_is_a_report_that_failed():
    report = errors.failed(ConfigError("no file"), tool="0.1.0", name="wine")
    assert (report.verdict, report.error.what) == (Verdict.FAILED, "no file")


def test_importing_the_report_imports_no_heavy_library():
    code = (
        "import sys, repro_action.report, repro_action.report.terminal, repro_action.report.markdown, "
        "repro_action.report.json_report, repro_action.report.progress, repro_action.report.errors; "
        "print(sorted({'rich', 'jsonschema', 'numpy', 'yaml', 'PIL', 'psutil'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
