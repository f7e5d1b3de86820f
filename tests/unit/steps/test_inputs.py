# SPDX-License-Identifier: Apache-2.0
"""Laws of expanding inputs."""

from __future__ import annotations

import subprocess

import pytest

from repro_action.errors import GraphError
from repro_action.steps.inputs import expand_inputs, found


@pytest.fixture
def root(tmp_path):
    for name in (
        "train.py",
        "src/a.py",
        "src/b.txt",
        "src/deep/c.py",
        "src/.hidden/d.py",
        "src/__pycache__/a.pyc",
        "env/pyvenv.cfg",
        "env/lib/e.py",
        ".venv/f.py",
        ".git/g.py",
        "data/images/1.png",
        "data/labels.csv",
        "out/old.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_a_file_stands_for_itself(root):
    assert ("train.py",) == expand_inputs(root, ["train.py"])


def test_a_folder_stands_for_all_files_below_it_but_byte_code(root):
    assert ("src/.hidden/d.py", "src/a.py", "src/b.txt", "src/deep/c.py") == expand_inputs(root, ["src"])


def test_a_double_star_matches_any_depth_and_nothing_hidden_or_installed(root):
    assert ("src/a.py", "src/deep/c.py", "train.py") == expand_inputs(root, ["**/*.py"])


def test_a_star_stays_in_its_folder(root):
    assert ("src/a.py",) == expand_inputs(root, ["src/*.py"])


def test_a_folder_that_a_glob_matches_counts_with_all_below(root):
    assert ("src/deep/c.py",) == expand_inputs(root, ["src/d*"])


def test_a_leading_dot_is_matched_when_written(root):
    assert ("src/.hidden/d.py",) == expand_inputs(root, ["src/.h*/*.py"])


def test_overlapping_patterns_name_a_file_once(root):
    assert ("src/a.py",) == expand_inputs(root, ["src/*.py", "src/a.py"])


@pytest.mark.parametrize("pattern", ["*.rs", "nowhere", "nowhere/*.py", "src/*/*/*.py"])
def test_a_pattern_without_a_match_is_an_error(root, pattern):
    assert not found(root, pattern)
    with pytest.raises(GraphError, match="no file matches"):
        expand_inputs(root, [pattern])


@pytest.mark.parametrize("pattern", ["src", "src/a.py", "src/**/*.py", "*.py"])
def test_found_agrees_with_expansion(root, pattern):
    assert found(root, pattern)
    assert expand_inputs(root, [pattern])


def test_a_pinned_folder_stays_one_entry(root):
    assert ("data/images", "data/labels.csv") == expand_inputs(root, ["data"], whole=["data/images"])
    assert ("data/images",) == expand_inputs(root, ["data/images/*.png"], whole=["data/images"])
    assert ("data/images",) == expand_inputs(root, ["**/*.png"], whole=["data/images"])


def test_an_output_of_an_earlier_step_need_not_be_there_yet(root):
    assert ("new",) == expand_inputs(root, ["new/x.csv"], whole=["new"])
    assert ("new/x.csv",) == expand_inputs(root, ["new/*.csv"], whole=["new/x.csv"])


def test_left_over_outputs_of_the_step_itself_are_not_its_inputs(root):
    assert ("data/labels.csv",) == expand_inputs(root, ["**/*.csv"], without=["out"])


def test_a_linked_folder_is_one_entry_and_a_loop_ends(root):
    (root / "src" / "loop").symlink_to(root / "src")
    assert "src/loop" in expand_inputs(root, ["src"])
    assert ("src/a.py", "src/deep/c.py", "train.py") == expand_inputs(root, ["**/*.py"])


@pytest.mark.processes
def test_a_tree_deeper_than_the_recursion_limit_is_read(tmp_path):
    here = tmp_path
    for _ in range(1100):
        here /= "d"
        here.mkdir()
    (here / "x").touch()
    try:
        assert 1 == len(expand_inputs(tmp_path, ["d"]))
        assert found(tmp_path, "**/x")
    finally:  # pytest's own tidying recurses
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_many_double_stars_cost_no_more_than_linear_time(root):
    assert not found(root, "/".join(["**", "a*"] * 40))
