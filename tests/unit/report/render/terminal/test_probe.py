# SPDX-License-Identifier: Apache-2.0
"""The probe in a terminal and in a log."""

from __future__ import annotations

import dataclasses
import io

import pytest
from golden.probe.cases import CASES

from repro_action.report.probe_model import Answer
from repro_action.report.render.terminal import probe as probe_terminal
from repro_action.report.render.terminal.style import console

PROBES = pytest.mark.parametrize("probe", sorted(CASES))


@PROBES
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(probe, width):
    lines = probe_terminal.render(CASES[probe], width=width).splitlines()
    assert max(map(len, lines)) <= width


@PROBES
@pytest.mark.parametrize("width", [60, 100])
def test_ascii_is_enough(probe, width):
    shown = probe_terminal.render(CASES[probe], width=width, ascii_only=True)
    assert shown.isascii()
    assert max(map(len, shown.splitlines())) <= width


@PROBES
def test_a_log_has_no_colours_and_no_wrapped_sentences(probe):
    stream = io.StringIO()
    probe_terminal.show(CASES[probe], console(stream))
    assert "\x1b" not in stream.getvalue()
    assert [line for line in stream.getvalue().splitlines() if line != line.rstrip()] == []


def test_the_answer_comes_first():
    lines = probe_terminal.render(CASES["unstable"]).splitlines()
    assert lines[:3] == [
        "✘ wine: not reproducible",
        "  the outputs depend on file-order, and nothing keeps them stable (14 runs)",
        "  profile portable · x86_64-v3 · 14 runs in 1 min 23 s",
    ]


def test_each_answer_has_a_symbol_of_its_own_beside_its_colour():
    rows = [line.split() for line in probe_terminal.render(CASES["unstable"]).splitlines()[4:15]]
    table = {row[1]: (row[0], row[2]) for row in rows}
    assert table["again"] == ("✔", "same")
    assert table["blas"] == ("●", "kept")
    assert table["file-order"] == ("✘", "differs")
    assert table["time"] == ("\N{EN DASH}", "unavailable:")
    assert table["gc"] == ("·", "not")


def test_what_was_not_asked_for_is_one_line():
    variations = CASES["unstable"].variations
    rows = tuple(dataclasses.replace(row, answer=Answer.NOT_TRIED, note="") for row in variations[:-2])
    report = dataclasses.replace(CASES["unstable"], variations=(*rows, *variations[-2:]))
    lines = probe_terminal.render(report).splitlines()
    assert [line.split()[1] for line in lines[4:6]] == ["file-order", "gc"]
    assert lines[6] == "  9 more were not selected"


def test_rounding_that_the_profile_holds_is_one_quiet_line():
    lines = probe_terminal.render(CASES["kept_stable"]).splitlines()
    assert [line for line in lines if "blas" in line and "ULP" in line] == [
        "  rounding      blas: 2 ULP, kept stable by OPENBLAS_CORETYPE"
    ]
    assert "  blas would change the result, by rounding alone; kept stable by OPENBLAS_CORETYPE" not in lines


def test_rounding_that_nothing_holds_is_loud():
    value = CASES["kept_stable"].findings[1]
    report = dataclasses.replace(CASES["unstable"], findings=(dataclasses.replace(value, pinned_by=()),))
    assert "  blas changes the result, by rounding alone" in probe_terminal.render(report).splitlines()


def test_a_variation_that_makes_a_step_fail_is_reported():
    assert "  timezone makes a step fail" in probe_terminal.render(CASES["together"]).splitlines()


def test_a_place_comes_with_its_evidence_and_a_remedy_only_where_it_is_another():
    lines = probe_terminal.render(CASES["unstable"]).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("  where"))
    assert (
        lines[start]
        == '  where         prepare.py:14  os.listdir("parts") is used unsorted  seen at run time'
    )
    assert lines[start + 1].split()[0] == "features.py:31"
    assert lines[start + 2] == '                → Write sorted(glob.glob("*.csv")).'


def test_the_first_divergence_names_the_call_counted_from_one_and_the_part():
    lines = probe_terminal.render(CASES["unstable"]).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("  parted"))
    assert lines[start].endswith("call 12: prepare.load() returned something else, called at train.py:31")
    assert lines[start + 1].strip() == "[2].age: float64 (300,) 31.0, 44.0, … ≠ float64 (300,) 52.0, 18.0, …"


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("rows name", "value 12: name in rows() was something else, at load.py:6"),
        ("<module> x", "value 12: x was something else, at load.py:6"),
        ("Scaler.fit", "call 12: Scaler.fit() returned something else, at load.py:6"),
    ],
)
def test_a_name_that_was_bound_is_no_call(function, line):
    found = CASES["unstable"].findings[0]
    one = dataclasses.replace(found.divergence.after, function=function, file="load.py", line=6, caller="")
    parted = dataclasses.replace(found.divergence, before=one, after=one)
    report = dataclasses.replace(CASES["unstable"], findings=(dataclasses.replace(found, divergence=parted),))
    assert f"  parted        {line}" in probe_terminal.render(report).splitlines()


def test_runs_that_make_different_calls_are_reported():
    found = CASES["unstable"].findings[0]
    other = dataclasses.replace(found.divergence.after, function="prepare.merge", caller="train.py:40")
    parted = dataclasses.replace(found.divergence, after=other, differing=())
    report = dataclasses.replace(CASES["unstable"], findings=(dataclasses.replace(found, divergence=parted),))
    shown = probe_terminal.render(report)
    usual = "prepare.load() in the usual run, called at train.py:31; "
    assert usual + "prepare.merge() in the disturbed one, called at train.py:40" in shown


def test_an_error_keeps_its_lines_apart():
    lines = probe_terminal.render(CASES["failed"]).splitlines()
    assert lines[0] == "✘ wine: not probed"
    assert lines[1:5] == [
        "  error         step train failed with exit status 1",
        "  where         repro.toml: steps.train",
        "  why           Traceback (most recent call last):",
        "                  File train.py, line 3",
    ]


def test_what_is_not_shown_is_counted():
    shown = probe_terminal.render(CASES["huge"])
    assert "and 20 more; .repro/probe.md lists more" in shown
    assert "and 54 more; .repro/probe.md lists more" in shown
    assert "7 more artifacts are not identical" in shown


def test_markup_of_foreign_texts_is_text():
    shown = probe_terminal.render(CASES["hostile"])
    assert r"[bold]x[/]\x1b[2J\u202e" in shown
    assert "\x1b" not in shown
