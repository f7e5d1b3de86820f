# SPDX-License-Identifier: Apache-2.0
"""The command line of `repro probe`: names are checked before anything runs, and the exit status tells."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from e2e.project import copy
from integration import command

from repro_action.cli.parser import parse
from repro_action.cli.usage import UsageError
from repro_action.probe.variations.names import NAMES

TINY = Path(__file__).parents[1] / "e2e" / "tiny"


repro = partial(command.repro, COLUMNS="100")


@pytest.fixture
def tiny(tmp_path):
    return copy(TINY, tmp_path / "tiny")


def test_names_may_be_joined_by_commas_and_repeated():
    options = parse(["probe", "--only", "blas, threads", "--only", "gc", "--without", "gc,,"])
    assert (["blas", "threads", "gc"], ["gc"]) == (options.only, options.without)


def test_two_command_lines_do_not_share_their_names():
    parse(["probe", "--only", "gc"])
    assert [] == parse(["probe"]).only


@pytest.mark.parametrize("option", ["--only", "--without"])
def test_a_misspelt_variation_is_answered_with_the_one_that_was_meant(option):
    with pytest.raises(UsageError) as caught:
        parse(["probe", option, "blas,hashseed"])
    assert "there is no variation hashseed" == caught.value.what
    assert "Did you mean `hash-seed`?" == caught.value.remedy
    assert "usage: repro probe" in caught.value.usage


def test_a_variation_that_resembles_none_is_answered_with_all_names():
    with pytest.raises(UsageError) as caught:
        parse(["probe", "--only", "moonphase"])
    assert all(name in caught.value.remedy for name in NAMES)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--jobs", "0"),
        ("--jobs", "two"),
        ("--runs", "1"),
        ("--turns", "-1"),
        ("--runs", "9" * 30),
        ("--runs", "٣"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(option, value):
    with pytest.raises(UsageError, match=r"is not a whole number of at least [12]"):
        parse(["probe", f"{option}={value}"])


def test_the_help_names_every_option_and_exit_status(tmp_path):
    shown = repro(tmp_path, "probe", "--help").stdout
    for option in (
        "--only",
        "--without",
        "--list",
        "--trace",
        "--strict",
        "--no-lift",
        "--jobs",
        "--runs",
        "--turns",
    ):
        assert option in shown
    for status in ("0 ", "1 ", "2 ", "130 "):
        assert f"\n  {status}" in shown


def test_the_list_names_every_variation_in_order_with_a_reason_where_it_cannot_be_made(tiny):
    lines = repro(tiny, "probe", "--list").stdout.splitlines()
    assert list(NAMES) == [line.split()[1] for line in lines]
    for line in lines:
        assert ("(unavailable: " in line) == line.startswith("no ")


def test_the_list_is_a_document_too(tiny):
    done = repro(tiny, "probe", "--list", "--json")
    document = json.loads(done.stdout)
    assert (0, "probe", 1) == (done.returncode, document["command"], document["version"])
    assert list(NAMES) == [row["name"] for row in document["variations"]]
    assert {"name", "what", "numeric", "unavailable"} == set(document["variations"][0])


def test_a_project_without_a_configuration_gets_a_report_that_says_so(tmp_path):
    done = repro(tmp_path, "probe", "--json", "--report-markdown", "told.md")
    document = json.loads(done.stdout)
    assert (2, False) == (done.returncode, document["robust"])
    assert document["error"]["cure"]
    assert "not probed" in (tmp_path / "told.md").read_text()


def test_a_place_for_a_report_that_cannot_be_is_refused_before_anything_runs(tiny):
    done = repro(tiny, "probe", "--report-json", "nowhere/probe.json")
    assert 2 == done.returncode
    assert "where: --report-json" in done.stderr
    assert not (tiny / ".repro").exists()


def test_a_deterministic_project_is_robust_and_its_report_is_kept(tiny):
    done = repro(tiny, "probe", "--only", "again,timezone", "-q", "--report-json", "told.json")
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("✔ tiny: robust\n")
    assert json.loads((tiny / "told.json").read_text())["robust"]
    assert (tiny / ".repro" / "probe.md").read_text().startswith("## ✅ Probe of ")
    assert (tiny / ".repro" / "probe.json").read_text() == (tiny / "told.json").read_text()


def test_a_step_that_fails_undisturbed_is_no_finding(tiny):
    config = tiny / "repro.toml"
    script = next(tiny.glob("*.py"))
    script.write_text("raise SystemExit(7)\n")
    assert script.name in config.read_text()
    done = repro(tiny, "probe", "--only", "again", "-q")
    assert 2 == done.returncode
    assert "  error         step " in done.stdout
