# SPDX-License-Identifier: Apache-2.0
"""The folder that stands for the project: what is laid out in it, and what comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.model import Config, DataPin, Step
from repro_action.digest import Digest
from repro_action.sandbox.declared import Traced, readable, trace
from repro_action.sandbox.layout import Mount, ordered, read
from repro_action.sandbox.staging import MOUNTS, Staging


@pytest.fixture
def root(tmp_path):
    root = tmp_path.resolve() / "project"
    root.mkdir()
    return root


@pytest.fixture
def stage(root):
    return Staging(
        real=root,
        base=root / ".repro" / "stage" / "x",
        kept=root / ".repro" / "kept",
        tracked=root / ".repro" / "tracked",
    )


def put(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def lay(stage, *names):
    mounts = stage.inputs(trace(stage.real, names))
    stage.make_places(ordered(mounts))
    return mounts


def test_mounts_come_outside_in_and_the_first_group_decides():
    one = Mount(kind="write", source="/x", target="/a/b")
    assert (read("/a"), one) == ordered([one], [read("/a/b"), read("/a")])


def test_a_folder_is_one_entry_and_hides_what_is_named_inside_it(root):
    put(root, "data/a", "data/b", "src/x.py", "src/y.py", "out/m")
    step = Step(name="s", run=("x",), inputs=("data", "data/a", "src/*.py"), params=("./out/m",))
    config = Config(root=root, path=root / "repro.toml", name="n", steps=(step,))
    assert ("data", "out/m", "src/x.py", "src/y.py") == readable(config, step, root)


def test_of_a_glob_pinned_data_is_one_entry_and_own_outputs_are_none(root):
    put(root, "data/a.csv", "own.csv", "b.csv")
    step = Step(name="s", run=("x",), inputs=("**/*.csv",), outputs=("own.csv",))
    pin = DataPin(path="data", digest=Digest("blake3", "0" * 64))
    config = Config(root=root, path=root / "repro.toml", name="n", steps=(step,), data=(pin,))
    assert ("b.csv", "data") == readable(config, step, root)


def test_links_are_followed_part_by_part(root, tmp_path):
    put(root, "real/deep/x")
    (root / "a").symlink_to("real")
    (root / "real" / "b").symlink_to("deep/x")
    traced = trace(root, ["a/b"])
    assert {str(root / "a"): "real", str(root / "real/b"): "deep/x"} == traced.links
    assert [str(root / "real/deep/x")] == list(traced.ends)


def test_links_in_a_loop_or_to_nowhere_lead_to_nothing(root):
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "c").symlink_to("nowhere")
    assert Traced() == trace(root, ["a", "c"])


def test_the_largest_of_very_many_files_are_mounted_and_the_rest_copied(root, stage):
    names = [f"parts/{number:04}" for number in range(MOUNTS + 5)]
    put(root, *names)
    (root / names[-1]).write_text("x" * 100)
    mounts = lay(stage, *names)
    assert MOUNTS == len(mounts)
    assert str(root / names[-1]) in {mount.source for mount in mounts}
    copied = [name for name in names if (stage.project / name).stat().st_size]
    assert 5 == len(copied)
    assert all((stage.project / name).stat().st_nlink == 1 for name in copied)
    assert () == stage.bring_back(()).written


def test_places_of_inputs_never_come_back(root, stage):
    put(root, "data/a", "src/x.py", "train.py")
    lay(stage, "data", "src/x.py", "train.py")
    (stage.project / "src" / "made.txt").write_text("made")
    seen = stage.bring_back(())
    assert (("src/made.txt",), ()) == (seen.written, seen.kept)
    assert "data/a" == (root / "data/a").read_text()
    assert not stage.base.exists()


def test_a_stray_never_replaces_anything(root, stage):
    put(root, "a", "folder/x")
    put(stage.project, "a", "folder/x", "folder/y", ".git/hooks/pre-commit", ".repro/cache/x")
    (root / "a").write_text("mine")
    seen = stage.bring_back(())
    assert (("folder/y",), (".git", ".repro/cache", "a", "folder/x")) == (seen.written, seen.kept)
    assert "mine" == (root / "a").read_text()
    assert "a" == (root / ".repro" / "kept" / "a").read_text()


def test_an_output_replaces_what_stands_there(root, stage):
    put(root, "out/model/old", "out/note")
    put(stage.project, "out/model/new")
    seen = stage.bring_back(("out/model",))
    assert ["model", "note"] == sorted(path.name for path in (root / "out").iterdir())
    assert ["new"] == [path.name for path in (root / "out" / "model").iterdir()]
    assert ((), ()) == (seen.written, seen.kept)


def test_a_link_above_an_output_carries_nothing_away(root, stage, tmp_path):
    put(tmp_path, "elsewhere/model")
    (stage.project / "out").symlink_to(tmp_path / "elsewhere")
    stage.bring_back(("out/model",))
    assert (tmp_path / "elsewhere" / "model").exists()
    assert not (root / "out" / "model").exists() or (root / "out").is_symlink()


def test_byte_code_is_left_behind(root, stage):
    put(stage.project, "__pycache__/x.pyc", "src/__pycache__/y.pyc")
    (root / "src").mkdir()
    assert () == stage.bring_back(()).written
    assert not (root / "__pycache__").exists()


def test_what_a_step_logs_to_trackers_is_kept_with_the_run(root, stage):
    mounts = stage.private((), ("/tmp", "/var/tmp"))
    logged = Path(mounts[0].source) / "repro-tracking"
    (logged / "mlruns").mkdir()
    (logged / "mlruns" / "meta.yaml").write_text("a")
    assert stage.bring_back(()).tracked
    assert (root / ".repro" / "tracked" / "mlruns" / "meta.yaml").read_text() == "a"


def test_a_link_in_the_place_of_that_folder_is_not_followed(root, stage):
    other = root / "other"
    other.mkdir()
    (other / "secret").write_text("a")
    logged = Path(stage.private((), ("/tmp",))[0].source) / "repro-tracking"
    logged.rmdir()
    logged.symlink_to(other)
    assert not stage.bring_back(()).tracked
    assert not (root / ".repro" / "tracked").exists()
    assert (other / "secret").exists()
