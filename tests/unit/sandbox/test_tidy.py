# SPDX-License-Identifier: Apache-2.0
"""What is no longer needed is gone when a run is over, whoever waited for it."""

from threading import Thread

import pytest

from repro_action.sandbox.tidy import discard, discard_beside, discard_folder, removing_beside


def made(folder):
    """Make a stage with something in it that a step took its permissions from."""
    inner = folder / "root" / "deep"
    inner.mkdir(parents=True)
    (inner / "file").write_text("left")
    inner.chmod(0)
    return folder


def test_a_stage_and_the_folder_above_it_are_gone_at_once(tmp_path):
    discard(made(tmp_path / "stage" / "train"))
    assert [] == list(tmp_path.iterdir())


def test_stages_are_gone_when_the_run_is_over(tmp_path):
    with removing_beside():
        for step in ("prepare", "train", "evaluate"):
            stage = made(tmp_path / "stage" / step)
            discard(stage)
    assert [] == list(tmp_path.iterdir())


def test_the_next_stage_is_made_while_the_last_is_removed(tmp_path):
    with removing_beside():
        for _ in range(50):  # of the same name, as where a step is tried again
            discard(made(tmp_path / "stage" / "train"))
        made(tmp_path / "stage" / "train")
    assert [tmp_path / "stage" / "train"] == list((tmp_path / "stage").iterdir())


def test_what_was_begun_is_removed_also_where_the_run_fails(tmp_path):
    def interrupted():
        with removing_beside():
            discard_beside(made(tmp_path / "canary"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("remove", [discard_folder, discard_beside])
def test_of_a_link_to_a_folder_the_link_alone_is_removed(tmp_path, remove):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "inner").mkdir(parents=True)
    (elsewhere / "inner" / "file").write_text("kept")
    (tmp_path / "link").symlink_to(elsewhere)
    with removing_beside():
        remove(tmp_path / "link")
    assert [elsewhere] == list(tmp_path.iterdir())
    assert "kept" == (elsewhere / "inner" / "file").read_text()


def test_where_no_thread_can_be_started_it_is_removed_at_once(tmp_path, monkeypatch):
    def refused(_: Thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    with removing_beside():
        discard_beside(made(tmp_path / "stage"))
        assert [] == list(tmp_path.iterdir())
