# SPDX-License-Identifier: Apache-2.0
"""Laws of reading reports from a folder that a hostile step can write to."""

from __future__ import annotations

import json
import os

import pytest

from repro_action.determinism.read import MAX_BYTES, MAX_REPORTS, LoadedLibrary, merge, read_reports

GOOD = {
    "version": 1,
    "pid": 7,
    "python": "3.11.7",
    "seeded": ["random"],
    "modules": ["numpy"],
    "project": ["train.py", "lib/helper.py"],
    "main": "train.py",
    "libraries": [{"api": "openblas", "file": "libopenblas.so", "architecture": "Haswell", "threads": 1}],
    "facts": {
        "numpy.version": "2.4.6",
        "numpy.baseline": ["X86_V2"],
        "numpy.dispatch": ["X86_V3", "X86_V4"],
        "numpy.on": ["X86_V3", "AVX512F"],
    },
    "errors": [],
}


def read(tmp_path, table, name="7-1.json"):
    (tmp_path / name).write_text(table if isinstance(table, str) else json.dumps(table))
    return read_reports(tmp_path)


def test_a_good_report_is_read_whole(tmp_path):
    (report,) = read(tmp_path, GOOD)
    assert (
        LoadedLibrary(api="openblas", file="libopenblas.so", facts={"architecture": "Haswell", "threads": 1}),
    ) == report.libraries
    assert (("lib/helper.py", "train.py"), "train.py") == (report.project, report.main)
    assert ("2.4.6", ()) == (report.facts["numpy.version"], report.errors)
    assert ("X86_V2", "X86_V3") == report.facts["numpy.features"]
    assert report.readable


def test_a_folder_that_is_missing_or_empty_holds_no_report(tmp_path):
    assert () == read_reports(tmp_path)
    assert () == read_reports(tmp_path / "missing")


@pytest.mark.parametrize("name", [".7-1.json", "notes.json", "7-1.json.tmp", "-1.json"])
def test_files_with_other_names_are_no_reports(tmp_path, name):
    assert () == read(tmp_path, GOOD, name)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000, '{"version": 2}', "\udcff" * 0 + "\x00"])
def test_what_is_no_report_is_kept_as_an_error(tmp_path, text):
    (report,) = read(tmp_path, text)
    assert not report.readable
    assert report.errors


def test_a_pipe_a_link_and_a_huge_file_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "1-1.json")
    (tmp_path / "secret").write_text(json.dumps(GOOD))
    (tmp_path / "2-1.json").symlink_to(tmp_path / "secret")
    (tmp_path / "3-1.json").write_bytes(b" " * (MAX_BYTES + 1))
    (tmp_path / "4-1.json").mkdir()
    reports = read_reports(tmp_path)
    assert [False] * 4 == [report.readable for report in reports]
    assert all(report.errors for report in reports)


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "a/../../b", "a//b", "", "a\x1b[31mb", "a\u202eb"]
)
def test_paths_that_lead_elsewhere_are_refused_and_said(tmp_path, path):
    (report,) = read(tmp_path, {**GOOD, "project": ["train.py", path]})
    assert ("train.py",) == report.project
    assert "refused" in report.errors[0]


@pytest.mark.parametrize(
    "change",
    [
        {"modules": "numpy"},
        {"modules": ["numpy", 7]},
        {"modules": ["x"] * 20_001},
        {"seeded": None},
        {"python": 3},
        {"libraries": [7]},
        {"libraries": [{"api": "openblas", "threads": None}]},
        {"libraries": [{"api": "openblas", "threads": 2**63}]},
        {"libraries": [{"api": "openblas", "threads": 1e99}]},
        {"facts": []},
        {"facts": {"torch.threads": {"many": 1}}},
        {"facts": {"numpy.on": [7]}},
        {"facts": {str(number): number for number in range(201)}},
    ],
)
def test_values_of_the_wrong_type_are_refused_and_said(tmp_path, change):
    (report,) = read(tmp_path, {**GOOD, **change})
    assert report.errors
    assert "train.py" == report.main


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    (report,) = read(tmp_path, {**GOOD, "errors": ["\x1b]0;title\x07\r\n::error::x"]})
    assert not set(report.errors[0]) & set("\x1b\x07\r\n")


def test_reports_beyond_the_limit_are_counted(tmp_path):
    for number in range(MAX_REPORTS + 3):
        (tmp_path / f"{number}-1.json").write_text(json.dumps(GOOD))
    reports = read_reports(tmp_path)
    assert MAX_REPORTS + 1 == len(reports)
    assert (f"3 of {MAX_REPORTS + 3} reports were not read",) == reports[-1].errors


def test_merging_joins_what_any_process_did(tmp_path):
    read(tmp_path, GOOD)
    read(tmp_path, {**GOOD, "project": ["other.py"], "main": "", "seeded": ["torch"]}, "8-1.json")
    merged = merge(read(tmp_path, "{", "9-1.json"))
    assert ("lib/helper.py", "other.py", "train.py") == merged.project
    assert ("random", "torch") == merged.seeded
    assert "train.py" == merged.main
    assert 1 == len(merged.errors)
    assert merged.errors[0].startswith("9-1.json: ")
