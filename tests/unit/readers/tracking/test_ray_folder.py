# SPDX-License-Identifier: Apache-2.0
"""Two experiments of Ray Tune with the same trials are one tree, and what a trial reported is content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from repro_action.compare.log_columns import counted_by
from repro_action.listing import flatten
from repro_action.readers import read_artifact

DATA = Path(__file__).parents[3] / "data" / "ray-experiment"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "one", tmp_path / "exp"))


def trial_folder(experiment: Path, number: int) -> Path:
    (found,) = experiment.glob(f"train_*_{number}_lr=*")
    return found


def test_two_experiments_with_the_same_trials_are_one_tree():
    one, two = (read_artifact(DATA / name) for name in ("one", "two"))
    assert ("ray-tune", "ray-tune") == (one.format, two.format)
    assert one.root.digest == two.root.digest
    assert {"ray-byproducts", "tensorboard-times"} == {left.rule for left in one.excluded}
    leaves = flatten(one.root)
    assert (3,) == leaves["trials[0].reports['loss']"].shape
    assert (3,) == leaves["trials[2].reports['eval']['accuracy']"].shape
    assert 0.125 == leaves["trials[2].config['lr']"].value


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("result.json", '"loss": 2.5', '"loss": 2.6'), ("result.json", '"training_iteration": 2', '"x": 2')],
)
def test_a_report_is_content(copied: Path, name: str, old: str, new: str):
    path = trial_folder(copied, 0) / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert read_artifact(DATA / "one").root.digest != read_artifact(copied).root.digest


def test_a_file_that_ray_does_not_write_is_content(copied: Path):
    before = read_artifact(copied).root.digest
    (trial_folder(copied, 1) / "model.bin").write_bytes(b"weights")
    (copied / "notes.txt").write_text("x")
    leaves = flatten(read_artifact(copied).root)
    assert before != read_artifact(copied).root.digest
    assert {"trials[1]/model.bin", "notes.txt"} <= {path.partition(".lines")[0] for path in leaves}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"trial_data": [[1]]}', '{"trial_data": [["{}", "7"]]}'])
def test_a_malformed_state_leaves_a_plain_folder(copied: Path, text: str):
    next(copied.glob("experiment_state-*")).write_text(text)
    assert "folder" == read_artifact(copied).format


def test_a_report_is_counted_by_its_number():
    leaves = flatten(read_artifact(DATA / "one").root)
    path = "trials[0].reports['training_iteration']"
    assert ("training_iteration", path) == counted_by("trials[0].reports['loss']", leaves)
