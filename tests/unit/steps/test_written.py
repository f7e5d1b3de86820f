# SPDX-License-Identifier: Apache-2.0
"""Laws of what counts as written by a step: no link is followed, and nothing that was there before."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace

import pytest

from repro_action.config.model import Step
from repro_action.errors import StepError
from repro_action.steps.written import MARGIN, StepStart, born, check_outputs


@pytest.fixture
def root(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    return project


def step(*outputs):
    return Step(name="a", run=("true",), outputs=outputs)


def write(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_regular_files_and_folders_pass_whatever_their_date(root):
    os.utime(write(root / "old"), (0, 0))
    write(root / "out/deep/x")
    check_outputs(step("old", "out"), root)


def test_a_missing_output_is_an_error(root):
    with pytest.raises(StepError, match="did not write x") as caught:
        check_outputs(step("x"), root)
    assert caught.value.remedy


def test_a_link_inside_an_output_to_another_part_of_it_passes(root):
    write(root / "out/epochs/10")
    write(root / "out/deep/x")
    (root / "out/latest").symlink_to("epochs/10")
    (root / "out/deep/up").symlink_to("../latest")
    (root / "out/folder").symlink_to("deep/../epochs")
    check_outputs(step("out", "out/latest"), root)


@pytest.mark.parametrize("target", ["committed", "{outside}", "../outside", ".repro/runs/1/before/x"])
def test_an_output_that_is_a_link_is_refused_wherever_it_leads(root, tmp_path, target):
    for path in (root / "committed", tmp_path / "outside", root / ".repro/runs/1/before/x"):
        write(path)
    (root / "x").symlink_to(target.format(outside=tmp_path / "outside"))
    with pytest.raises(StepError, match="output x of step a is a symbolic link"):
        check_outputs(step("x"), root)


@pytest.mark.parametrize(
    "target",
    ["../committed", "../out/y", "{root}/out/y", "deep/../../committed", "nest/../../committed", "way/x"],
)
def test_a_link_inside_an_output_that_leaves_it_is_refused_even_if_it_comes_back(root, target):
    write(root / "committed")
    write(root / "out/y")
    write(root / "out/deep/d")
    write(root / "elsewhere/x")
    (root / "out/nest").symlink_to("deep")
    (root / "out/way").symlink_to("../elsewhere")
    (root / "out/z").symlink_to(target.format(root=root))
    with pytest.raises(StepError, match="leads out of it"):
        check_outputs(step("out"), root)


@pytest.mark.parametrize("target", ["z", "nowhere", "w"])
def test_a_link_to_nowhere_or_to_itself_is_refused(root, target):
    write(root / "out/y")
    (root / "out/w").symlink_to("z")
    (root / "out/z").symlink_to(target)
    with pytest.raises(StepError, match="broken symbolic link"):
        check_outputs(step("out"), root)


def test_a_link_above_an_output_is_refused(root, tmp_path):
    write(tmp_path / "outside/x")
    (root / "out").symlink_to(tmp_path / "outside")
    with pytest.raises(StepError, match="leads through out, which is a symbolic link"):
        check_outputs(step("out/x"), root)


def test_a_second_name_of_another_file_is_refused(root):
    (root / "out").mkdir()
    (root / "out/x").hardlink_to(write(root / "committed"))
    for output in ("out", "out/x"):
        with pytest.raises(StepError, match="out/x of step a is a hard link"):
            check_outputs(step(output), root)


def test_a_file_whose_names_are_all_outputs_passes(root):
    (root / "best").hardlink_to(write(root / "out/epoch-10"))
    (root / "out/last").hardlink_to(root / "best")
    check_outputs(step("out", "best"), root)


def test_a_pipe_or_socket_is_an_error_even_inside_a_folder(root, monkeypatch):
    (root / "out").mkdir()
    os.mkfifo(root / "out/pipe")
    with pytest.raises(StepError, match="out/pipe of step a is neither a file nor a folder"):
        check_outputs(step("out"), root)
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as wire:
        wire.bind("wire")
    with pytest.raises(StepError, match="wire of step a is neither a file nor a folder"):
        check_outputs(step("wire"), root)


def test_a_file_that_is_older_than_the_step_is_refused_even_with_a_new_date_and_name(root):
    path = write(root / "stash")
    if born(path) is None:
        pytest.skip("this file system does not say when a file was created")
    start = StepStart.now(write(root / "log"))
    path.rename(root / "x")
    os.utime(root / "x")
    check_outputs(step("x"), root, start)
    later = replace(start, born=(start.born or 0) + 2 * MARGIN, wall=start.wall + 2 * MARGIN)
    later = replace(later, steady=start.steady + 2 * MARGIN)
    with pytest.raises(StepError, match="output x of step a is older than the step"):
        check_outputs(step("x"), root, later)


def test_where_the_clock_was_set_nothing_is_too_old(root):
    write(root / "x")
    start = StepStart.now(write(root / "log"))
    set_back = replace(start, born=(start.born or 0) + 3600, wall=time.time() + 3600)
    check_outputs(step("x"), root, set_back)
