# SPDX-License-Identifier: Apache-2.0
"""Data that is not there is told with where it is to be had."""

from __future__ import annotations

import pytest

from repro_action.config.model import Step
from repro_action.runs.absent_data import with_pointer, with_source
from repro_action.steps.graph import AbsentInput, order
from repro_action.steps.record import StepFailed, StepRecord


@pytest.fixture
def absent():
    step = Step(name="train", run=("python", "train.py"), inputs=("data/a.csv",), outputs=("out/m",))
    with pytest.raises(AbsentInput) as caught:
        order((step,), (), exists=lambda _: False)
    return caught.value


def test_an_input_that_is_not_there_is_to_be_downloaded_before(absent, tmp_path):
    error = with_source(absent, tmp_path)
    assert "there is no data/a.csv, which step train reads" == error.what
    assert "in GitHub Actions: download it in a step before this one" in error.remedy


def test_an_input_that_dvc_tracks_is_to_be_pulled(absent, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv.dvc").write_text("outs: []")
    error = with_source(absent, tmp_path)
    assert "DVC tracks it (data/a.csv.dvc), and it has not been pulled." == error.why
    assert error.remedy.startswith("Run `dvc pull data/a.csv.dvc`; in GitHub Actions, ")


def test_a_step_that_read_a_pointer_fails_for_that(tmp_path):
    record = StepRecord(name="train", trained=True, exit_code=1, seconds=1.0)
    failed = StepFailed("step train failed", record=record, why="KeyError: 'x1'", remedy="Fix the error.")
    (tmp_path / "a.csv").write_text("x1\n1\n")
    assert with_pointer(failed, tmp_path, ["a.csv", "none.csv"]) is failed
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    (tmp_path / "a.csv").write_text(pointer)
    error = with_pointer(failed, tmp_path, ["none.csv", "a.csv"])
    assert "a.csv is a Git LFS pointer, not the data itself.\nKeyError: 'x1'" == error.why
    assert "set `lfs: true` for actions/checkout" in error.remedy
    assert record is error.record
