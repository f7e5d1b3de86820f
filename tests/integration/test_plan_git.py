"""How git is asked for what changed: nothing of the repository runs, nothing is written, nothing is lost."""

import hashlib
import os

import pytest
from integration.planned import _git, add_model, commit, found, git, root, write

from repro_action.history import History, HistoryError

__all__ = ["_git", "root"]


def test_no_filter_hook_or_program_of_the_repository_runs(root, tmp_path):
    ran = tmp_path / "ran"
    program = f"touch {ran}; cat"
    for key in ("filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "diff.evil.command"):
        git(root, "config", key, program)
    for key in ("core.fsmonitor", "diff.external"):
        git(root, "config", key, f"touch {ran}")
    git(root, "config", "filter.evil.required", "true")
    write(root / ".gitattributes", "* filter=evil diff=evil\n")
    params = root / "models" / "a" / "params.toml"
    params.write_text("depth = 4\n")
    assert ["params: models/a/params.toml"] == found(root)["a"]
    assert not ran.exists()


def test_the_index_is_not_written(root):
    os.utime(root / "models" / "a" / "params.toml", (1, 1))
    before = (root / ".git" / "index").read_bytes()
    found(root)
    assert before == (root / ".git" / "index").read_bytes()


def lfs(root, content):
    """Commit a file of Git LFS as git keeps it, and put its content in its place as git-lfs does."""
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    place = root / "models" / "a" / "data" / "images" / "big.txt"
    write(place, pointer)
    write(root / ".gitattributes", "big.txt filter=lfs\n")
    commit(root)
    git(root, "branch", "--force", "main")
    git(root, "config", "filter.lfs.clean", "false")
    place.write_bytes(content)
    return place


def test_a_file_of_git_lfs_is_no_change_while_it_is_what_its_pointer_says(root):
    place = lfs(root, b"many rows\n")
    assert {"a": [], "b": []} == found(root)
    place.write_bytes(b"more rows\n")
    assert {"a": ["data: models/a/data/images/big.txt"], "b": []} == found(root)


def test_paths_are_reported_from_the_top_wherever_git_is_asked(root):
    git(root, "config", "diff.relative", "true")
    write(root / "models" / "a" / "params.toml", "depth = 4\n")
    write(root / "new.txt", "x\n")
    for place in (root, root / "models" / "b"):
        assert {"models/a/params.toml", "new.txt"} == History(place).changed_files("main")


def test_odd_names_come_back_as_they_are(root):
    for name in ("a b", "ü", "new\nline", '"quoted"'):
        write(root / name, "x\n")
    (root / os.fsdecode(b"\xff")).touch()
    expected = {"a b", "ü", "new\nline", '"quoted"', os.fsdecode(b"\xff")}
    assert expected == History(root).changed_files("main")
    commit(root)
    assert expected == History(root).changed_files("main")


def test_the_number_of_changes_is_bounded(root, monkeypatch):
    monkeypatch.setattr("repro_action.history.MAX_CHANGED", 2)
    for name in "xy":
        write(root / name, "x\n")
    assert {"x", "y"} == History(root).changed_files("main")
    write(root / "z", "x\n")
    with pytest.raises(HistoryError, match="more than 2 files"):
        History(root).changed_files("main")


def test_a_failing_git_is_an_error_and_not_no_change(root):
    (root / ".git" / "index").write_bytes(b"broken")
    with pytest.raises(HistoryError, match="cannot list"):
        History(root).changed_files("main")


def test_the_number_of_calls_of_git_does_not_grow_with_that_of_models(root, monkeypatch):
    calls = []
    real = History._git
    monkeypatch.setattr(
        History, "_git", lambda self, *words, **more: calls.append(words) or real(self, *words, **more)
    )
    found(root)
    few = len(calls)
    for index in range(8):
        add_model(root, f"models/m{index}")
    calls.clear()
    found(root, configs=tuple(f"models/m{index}/repro.toml" for index in range(8)))
    assert few == len(calls)


# The command.
