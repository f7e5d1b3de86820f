# SPDX-License-Identifier: Apache-2.0
"""Folders."""

from __future__ import annotations

import os

import pytest
from PIL import Image

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers import Limits, read_artifact
from repro_action.tree import Kind


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "out"
    (root / "deep").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "deep" / "b.json").write_text("[1]")
    return root


def test_paths_read_like_the_folder(folder):
    tree = read_artifact(folder)
    assert ("folder", ["a.txt", "deep/b.json"]) == (tree.format, list(flatten(tree.root)))


def test_the_tree_is_unchanged_when_the_folder_moves(folder):
    before = read_artifact(folder).root
    moved = folder.rename(folder.with_name("elsewhere"))
    os.utime(moved / "a.txt", (0, 0))
    assert before == read_artifact(moved).root


def test_one_changed_file_changes_one_leaf(folder):
    before = flatten(read_artifact(folder).root)
    (folder / "a.txt").write_text("b")
    after = flatten(read_artifact(folder).root)
    assert ["a.txt"] == [path for path in before if before[path] != after[path]]


def test_empty_folders_and_executable_bits_are_content(folder):
    plain = read_artifact(folder).root
    (folder / "empty").mkdir()
    with_folder = read_artifact(folder).root
    (folder / "a.txt").chmod(0o755)
    assert 3 == len({plain.digest, with_folder.digest, read_artifact(folder).root.digest})


def test_links_are_recorded_and_never_followed(folder):
    (folder / "link").symlink_to("/etc")
    (folder / "loop").symlink_to(".")
    leaves = flatten(read_artifact(folder).root)
    assert (Kind.TEXT, Kind.TEXT) == (leaves["link"].kind, leaves["loop"].kind)


def test_a_pipe_is_never_opened(folder):
    os.mkfifo(folder / "pipe")
    leaf = flatten(read_artifact(folder).root)["pipe"]
    assert (Kind.UNREADABLE, True) == (leaf.kind, bool(leaf.reason))


def test_a_pipe_by_itself_is_refused(folder):
    os.mkfifo(folder / "pipe")
    with pytest.raises(ArtifactUnreadable, match="neither"):
        read_artifact(folder / "pipe")


def test_too_many_files_are_refused(folder):
    with pytest.raises(ArtifactUnreadable, match="more than 1 files"):
        read_artifact(folder, limits=Limits(nodes=1))


def test_folders_that_nest_too_deep_are_refused(folder):
    with pytest.raises(ArtifactUnreadable, match="more than 1 levels"):
        read_artifact(folder, limits=Limits(depth=1))


def test_names_are_printed_escaped(folder):
    (folder / "a\x1b[31m\n").write_text("x")
    assert all(path.isprintable() for path in flatten(read_artifact(folder).root))


def test_what_a_file_excludes_is_reported_with_its_whole_path(folder):
    image = Image.new("RGB", (2, 2))
    image.save(folder / "deep" / "p.png", dpi=(72, 72))
    assert ["deep/p.png.pHYs"] == [entry.path for entry in read_artifact(folder).excluded]
