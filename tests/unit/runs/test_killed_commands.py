# SPDX-License-Identifier: Apache-2.0
"""What a command that was killed left half-written or half-removed is gone after a later one."""

import os

import pytest

from repro_action.errors import LinkRefused
from repro_action.runs.store import YOUNG, RunStore
from repro_action.sandbox.tidy import discard, removing_beside


@pytest.mark.parametrize(
    "name",
    [".canary-x1.tmp", ".report.json.tmp", "runs/.0.000001-20260101T000000Z.tmp", "products/ab/.12.tmp"],
)
def test_what_is_old_is_swept_and_what_is_young_may_be_anothers(tmp_path, name):
    left = tmp_path / name
    left.mkdir(parents=True)
    (left / "file").touch()
    store = RunStore(tmp_path)
    store.sweep()
    assert left.is_dir()
    before = left.stat().st_mtime - YOUNG - 1
    os.utime(left, (before, before))
    store.sweep()
    assert not left.exists()


def test_runs_beyond_those_kept_are_removed_and_the_newest_stay(tmp_path):
    store = RunStore(tmp_path)
    made = [store.new_run().name for _ in range(14)]
    assert made[-10:] == sorted(one.name for one in (tmp_path / "runs").iterdir())


def test_sizes_are_taken_when_what_is_being_removed_is_gone(tmp_path):
    store = RunStore(tmp_path)
    with removing_beside():
        run = store.new_run()
        for number in range(300):
            (run / "stage" / "train" / str(number)).mkdir(parents=True)
        discard(run / "stage" / "train")
        store.bound_earlier()
        assert not (run / "stage").exists()


def test_what_is_nested_without_end_is_swept(tmp_path):
    left = tmp_path / "runs" / ".0.000001-20260101T000000Z.tmp"
    left.mkdir(parents=True)
    descriptor = os.open(left, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    os.utime(left, (0, 0))
    RunStore(tmp_path).sweep()
    assert [] == list((tmp_path / "runs").iterdir())


def test_links_that_came_with_a_repository_are_not_followed(tmp_path):
    elsewhere, store = tmp_path / "elsewhere", RunStore(tmp_path / ".repro")
    (elsewhere / ".old.tmp").mkdir(parents=True)
    os.utime(elsewhere / ".old.tmp", (0, 0))
    (elsewhere / "profile").write_text("kept")
    run = store.new_run()
    (run / "earlier.size").symlink_to(elsewhere / "profile")
    (store.folder / "products").mkdir()
    (store.folder / "products" / "ab").symlink_to(elsewhere)
    (store.folder / "runs" / ".0.x.tmp").symlink_to(elsewhere)
    os.utime(store.folder / "runs" / ".0.x.tmp", (0, 0), follow_symlinks=False)
    store.sweep()
    store.bound_earlier()
    assert "kept" == (elsewhere / "profile").read_text()
    assert (elsewhere / ".old.tmp").is_dir()


def test_a_link_for_the_runs_of_a_tracker_is_refused(tmp_path):
    (tmp_path / "wandb").symlink_to(tmp_path)
    with pytest.raises(LinkRefused):
        RunStore(tmp_path).prepare()
