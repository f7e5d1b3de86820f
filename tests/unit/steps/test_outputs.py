# SPDX-License-Identifier: Apache-2.0
"""Laws of removing and checking declared outputs."""

from __future__ import annotations

import pytest

from repro_action.config.model import Step
from repro_action.errors import StepError
from repro_action.steps.outputs import clear_outputs


@pytest.fixture
def root(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    return project


def step(*outputs, inputs=()):
    return Step(name="a", run=("true",), inputs=inputs, outputs=outputs)


def write(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_and_a_folder_are_removed(root):
    write(root / "x")
    write(root / "out/deep/y")
    clear_outputs(step("x", "out"), root, ())
    assert [] == list(root.iterdir())


def test_the_folders_that_an_output_goes_to_are_made(root):
    clear_outputs(step("out/deep/x"), root, ())
    assert [] == list((root / "out/deep").iterdir())


def test_an_output_folder_is_not_made_for_an_output_inside_it(root):
    clear_outputs(step("out", "out/x"), root, ())
    assert not (root / "out").exists()


def test_a_link_is_removed_but_never_what_it_points_to(root, tmp_path):
    outside = write(tmp_path / "outside/precious")
    (root / "folder").symlink_to(outside.parent)
    (root / "file").symlink_to(outside)
    write(root / "out/x")
    (root / "out/link").symlink_to(outside.parent)
    clear_outputs(step("folder", "file", "out"), root, ())
    assert [] == list(root.iterdir())
    assert "x" == outside.read_text()


def test_an_output_behind_a_link_out_of_the_project_is_refused(root, tmp_path):
    outside = write(tmp_path / "outside/precious")
    (root / "out").symlink_to(outside.parent)
    with pytest.raises(StepError, match="leads out of the project"):
        clear_outputs(step("out/precious"), root, ())
    assert outside.exists()


@pytest.mark.parametrize("kept", ["out/repro.toml", "out/deep/src.py"])
def test_a_folder_that_holds_something_protected_is_refused(root, kept):
    path = write(root / kept)
    with pytest.raises(StepError, match=f"together with {kept}"):
        clear_outputs(step("out"), root, (path,))
    assert path.exists()


def test_nothing_is_removed_when_one_output_is_refused(root):
    first = write(root / "first")
    write(root / "out/repro.toml")
    with pytest.raises(StepError):
        clear_outputs(step("first", "out"), root, (root / "out/repro.toml",))
    assert first.exists()


def test_an_input_is_protected_without_being_listed(root):
    write(root / "out/a.py")
    with pytest.raises(StepError, match=r"together with out/a\.py"):
        clear_outputs(step("out", inputs=("out/a.py",)), root, ())


def test_a_protected_file_is_protected_under_its_other_name(root):
    real = write(root / "real/config")
    (root / "link").symlink_to(real.parent)
    with pytest.raises(StepError, match="would be removed"):
        clear_outputs(step("link/config"), root, (real,))
    with pytest.raises(StepError, match="would be removed"):
        clear_outputs(step("real"), root, (root / "link/config",))


@pytest.mark.parametrize("output", [".git", ".git/hooks", ".repro/x"])
def test_what_belongs_to_git_or_repro_is_refused(root, output):
    write(root / output / "y")
    with pytest.raises(StepError, match="together with"):
        clear_outputs(step(output), root, ())


def test_a_folder_that_holds_a_repository_is_refused(root):
    write(root / "out/vendored/.git/HEAD")
    with pytest.raises(StepError, match=r"together with out/vendored/\.git"):
        clear_outputs(step("out"), root, ())


def test_an_output_behind_a_link_inside_the_project_is_refused_before_anything_runs(root):
    kept = write(root / "real/x")
    (root / "out").symlink_to("real")
    with pytest.raises(StepError, match="leads through a symbolic link to real/x"):
        clear_outputs(step("out/x"), root, ())
    assert kept.exists()
