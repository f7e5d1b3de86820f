# SPDX-License-Identifier: Apache-2.0
"""The error of a program is read out of what it printed, with the innermost line of the project."""

from __future__ import annotations

import pytest

from repro_action.report.build.raised import RaisedError, raised

FRAME = '  File "{}", line {}, in f\n    x()\n'


@pytest.fixture
def root(tmp_path):
    for name in ("train.py", "lib/model.py", "code/run.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def printed(*frames: tuple[str, int], error: str = "ValueError: no rows") -> str:
    return (
        "Traceback (most recent call last):\n" + "".join(FRAME.format(*one) for one in frames) + error + "\n"
    )


def test_the_innermost_line_of_the_project_counts_not_that_of_a_library(root):
    tail = printed(
        (f"{root}/train.py", 3), (f"{root}/lib/model.py", 8), ("/usr/lib/site-packages/numpy/a.py", 90)
    )
    assert raised(tail, root) == RaisedError(text="ValueError: no rows", file="lib/model.py", line=8)


def test_a_relative_path_starts_where_the_program_did(root):
    assert raised(printed(("train.py", 3)), root).file == "train.py"
    assert raised(printed(("run.py", 3)), root, ["code", "."]).file == "code/run.py"


def test_a_project_that_a_sandbox_shows_elsewhere_is_known_by_its_files(root):
    assert raised(printed(("/project/lib/model.py", 3)), root).file == "lib/model.py"


@pytest.mark.parametrize("name", ["/etc/passwd", "../train.py", "<string>", "gone.py", "x" * 400, "a\0b"])
def test_what_is_no_file_of_the_project_is_no_place(root, name):
    assert raised(printed((name, 3)), root) == RaisedError(text="ValueError: no rows")


@pytest.mark.parametrize(
    "error",
    ["KeyError: 'a'", "KeyboardInterrupt", "SystemExit: 2", "json.decoder.JSONDecodeError: Expecting value"],
)
def test_errors_of_every_name_are_read(root, error):
    assert raised(printed(("train.py", 3), error=error), root).text == error


@pytest.mark.parametrize(
    "tail", ["", "make: *** [train] Error 1\n", "epoch 1: loss\nKeyError: x\n", "x" * 9_000]
)
def test_an_output_without_a_traceback_shows_no_error(root, tail):
    assert raised(tail, root) is None


def test_colours_and_what_is_printed_after_it_do_not_hide_an_error(root):
    tail = printed(("train.py", 3), error="\x1b[31mValueError: no rows\x1b[0m") + "cleaning up\n"
    assert raised(tail, root).text == "ValueError: no rows"
