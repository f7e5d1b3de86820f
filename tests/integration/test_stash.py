"""Laws of the stash: whatever ends a run, and whenever, nobody's file is lost."""

import errno
import os
import sys
from pathlib import Path

import pytest

from repro_action.errors import StepError
from repro_action.runs import journal
from repro_action.runs.stash import Stash, recover

MOVES = {"os.rename", "os.mkdir", "os.remove", "open"}
OURS = {"out/notes.txt": "notes", "out/deep/more.txt": "more", "out/link": "-> nowhere", "model": "by hand"}


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    make(root)
    return root


def make(root):
    (root / "out/deep").mkdir(parents=True)
    (root / "out/empty").mkdir()
    (root / "out/notes.txt").write_text("notes")
    (root / "out/deep/more.txt").write_text("more")
    (root / "out/link").symlink_to("nowhere")
    (root / "model").write_text("by hand")
    (root / ".repro").mkdir()


def stash(root, number=1):
    folder = root / f".repro/runs/{number:06}-20260101T000000Z"
    folder.mkdir(parents=True)
    return Stash(root=root, state=root / ".repro", folder=folder, outputs=("out", "model", "fresh"))


def train(root, model="trained"):
    (root / "out").mkdir()
    (root / "out/model.bin").write_text(model)
    (root / "model").write_text(model)
    (root / "fresh").write_text(model)


def run(root, number=1, model="trained"):
    with (stashed := stash(root, number)):
        train(root, model)
    planned = stashed.plan()
    stashed.settle()
    return planned


def contents(root):
    """Return every text and link below a project, wherever it lies."""
    return [
        f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    ]


def nothing_lost(root):
    return sorted(set(OURS.values()) - set(contents(root)))


def in_place(root):
    return {name for name in OURS if os.path.lexists(root / name)}


def test_files_that_no_run_wrote_are_back_at_their_places(root):
    returned = run(root)
    assert returned.back == ("out/deep/more.txt", "out/empty", "out/link", "out/notes.txt")
    assert "notes" == (root / "out/notes.txt").read_text()
    assert "trained" == (root / "out/model.bin").read_text()
    assert (root / "out/empty").is_dir()
    assert not (root / ".repro/stash.json").exists()


def test_a_file_whose_place_is_taken_is_kept_and_named(root):
    returned = run(root)
    assert ("model",) == returned.kept
    assert "by hand" == (root / returned.place / "model").read_text()


def test_what_a_run_wrote_is_replaced_by_the_next_and_people_s_files_stay(root):
    for number in range(1, 6):
        returned = run(root, number, f"trained {number}")
    assert returned.kept == ()
    assert not nothing_lost(root)
    assert "trained 5" == (root / "out/model.bin").read_text()


def test_an_output_that_was_edited_by_hand_is_kept(root):
    run(root)
    (root / "model").write_text("edited")
    returned = run(root, 2)
    assert "edited" == (root / returned.place / "model").read_text()


def test_what_an_earlier_run_wrote_and_this_one_did_not_does_not_come_back(root):
    run(root)
    with (stashed := stash(root, 2)):
        (root / "out").mkdir()
        (root / "model").write_text("x")
        (root / "fresh").write_text("x")
    assert ("out/model.bin",) == stashed.plan().stale
    stashed.settle()
    assert not (root / "out/model.bin").exists()


def test_the_same_content_is_not_kept_twice(root):
    with (stashed := stash(root)):
        train(root)
        (root / "model").write_text("by hand")
    assert stashed.plan().kept == ()


def test_a_run_that_fails_leaves_everything_as_it_was(root):
    def fail():
        with stash(root):
            train(root)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert set(OURS) == in_place(root)
    assert not (root / "fresh").exists()
    assert "by hand" == (root / "model").read_text()


def crash(root, at, *, code):
    """Call `code` in a child that ends, as by kill -9, before its event number `at`; returns whether it did."""
    child = os.fork()
    if child == 0:
        seen = 0

        def hook(event, arguments):
            nonlocal seen
            if event in MOVES and (event != "open" or str(arguments[1]).startswith("w")):
                seen += 1
                if seen == at:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            code()
        except BaseException:  # noqa: BLE001
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_crash_at_any_moment_and_another_while_recovering_lose_nothing(tmp_path):
    moments = 0
    for at in range(1, 100):
        root = tmp_path / f"{at}"
        make(root)
        if not crash(root, at, code=lambda root=root: run(root)):
            break
        moments += 1
        for again in (1, 3, 5):
            crash(root, again, code=lambda root=root: recover(root, root / ".repro"))
        recover(root, root / ".repro")
        assert not nothing_lost(root), at
        assert set(OURS) == in_place(root), at
        assert not (root / ".repro/stash.json").exists()
    assert moments > 10


def test_a_disk_that_is_full_at_any_moment_loses_nothing(tmp_path):
    for at in range(1, 100):
        root = tmp_path / f"{at}"
        make(root)

        def full(root=root, at=at):
            seen = 0

            def hook(event, arguments):
                nonlocal seen
                if event in {"os.mkdir", "open"} and (event != "open" or str(arguments[1]).startswith("w")):
                    seen += 1
                    if at <= seen < at + 2:
                        raise OSError(errno.ENOSPC, "No space left on device")

            sys.addaudithook(hook)
            run(root)

        ended = crash(root, 10**6, code=full)
        assert not ended
        recover(root, root / ".repro")
        assert not nothing_lost(root), at
        assert set(OURS) == in_place(root), at


def test_outputs_of_a_first_run_are_back_after_its_repetition(root):
    with (stashed := stash(root)):
        train(root, "first")
    again = stash(root, 2)
    again.first = True
    with again:
        train(root, "second")
    stashed.settle()
    assert "first" == (root / "model").read_text()
    assert not nothing_lost(root)
    assert run(root, 3).kept == ()


def test_a_crash_in_the_repetition_brings_the_first_outputs_and_people_s_files_back(root):
    def code():
        with stash(root):
            train(root, "first")
        again = stash(root, 2)
        again.first = True
        again.__enter__()
        train(root, "second")
        os._exit(9)

    assert crash(root, 10**6, code=code)
    recover(root, root / ".repro")
    assert "first" == (root / "model").read_text()
    assert "first" == (root / "out/model.bin").read_text()
    assert "notes" == (root / "out/notes.txt").read_text()


STASHES = '{"stashes": [{"folder": "%s", "outputs": ["%s"], "present": [], "foreign": [], "written": true}]}'


@pytest.mark.parametrize(
    "hostile",
    [
        STASHES % ("../../etc", "out"),
        STASHES % ("runs/1/before", "../x"),
        STASHES % ("runs/1/before", "/x"),
        STASHES % ("runs/1/before", ".git"),
        "[" * 100_000,
        "{}",
        "half a",
    ],
)
def test_a_journal_that_nobody_of_ours_wrote_moves_nothing(root, hostile):
    (root / ".repro/stash.json").write_text(hostile)
    with pytest.raises(StepError, match="damaged"):
        journal.read(root / ".repro")
    assert set(OURS) == in_place(root)


def test_an_output_that_leads_out_of_the_project_is_not_moved(root, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("theirs")
    (root / "way").symlink_to(tmp_path / "outside")
    away = stash(root)
    away.outputs = ("way/file",)
    with pytest.raises(StepError, match="out of the project"), away:
        pass
    assert "theirs" == (Path(tmp_path) / "outside/file").read_text()
