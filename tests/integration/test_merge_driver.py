# SPDX-License-Identifier: Apache-2.0
"""git merges two branches that accepted models, with `repro merge-baseline` as its driver."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.fingerprint import MaterialKind

PATH = "repro.baseline.json"


def git(root, *arguments, check=True):
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)
    return subprocess.run(command, cwd=root, env=environ, check=check, capture_output=True, text=True)


def repro(root, *arguments):
    command = [sys.executable, "-m", "repro_action", *arguments]
    return subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)


def accepted(root, content, platform="x86_64-v3"):
    fingerprint = make_fingerprint(
        products={"model.joblib": make_product({"coef_": make_leaf(content)})},
        platform=platform,
        materials={MaterialKind.CODE: {"train.py": f"blake3:{content}"}},
    )
    path = root / PATH
    before = load(path.read_text(encoding="utf-8")) if path.exists() else Baseline(name="wine")
    path.write_text(dump(before.accept(fingerprint)), encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", content)


@pytest.fixture
def root(tmp_path):
    git(tmp_path, "init", "-qb", "main")
    assert "commit .gitattributes" in repro(tmp_path, "merge-baseline", "--install").stdout
    accepted(tmp_path, "old")
    return tmp_path


def branches(root, ours, theirs):
    git(root, "checkout", "-qb", "topic")
    accepted(root, *theirs)
    git(root, "checkout", "-q", "main")
    accepted(root, *ours)
    return git(root, "merge", "-q", "--no-edit", "topic", check=False)


def test_classes_of_one_model_are_merged_where_git_alone_would_not(root):
    merged = branches(root, ("old", "aarch64-darwin"), ("old", "aarch64-linux"))
    assert 0 == merged.returncode, merged.stderr + merged.stdout
    assert ["aarch64-darwin", "aarch64-linux", "x86_64-v3"] == sorted(
        load((root / PATH).read_text()).platforms
    )


def test_two_models_stay_in_conflict_and_the_file_can_be_read(root):
    merged = branches(root, ("new",), ("other",))
    assert 1 == merged.returncode
    assert f"{PATH}: x86_64-v3 has to be trained again" in merged.stdout + merged.stderr
    assert f"UU {PATH}" in git(root, "status", "--porcelain").stdout
    assert {"x86_64-v3"} == set(load((root / PATH).read_text()).platforms)


def test_a_file_that_is_no_baseline_is_left_as_it_is(root):
    (root / PATH).write_text("<<<<<<< HEAD\n", encoding="utf-8")
    text = (root / PATH).read_text()
    done = repro(root, "merge-baseline", PATH, PATH, PATH, PATH)
    assert 2 == done.returncode
    assert text == (root / PATH).read_text()


def test_installing_twice_changes_nothing(root):
    before = (root / ".gitattributes").read_text(), (root / ".git/config").read_text()
    assert "nothing to do" in repro(root, "merge-baseline", "--install").stdout
    assert before == ((root / ".gitattributes").read_text(), (root / ".git/config").read_text())


def test_attributes_of_the_project_stay(tmp_path):
    git(tmp_path, "init", "-qb", "main")
    (tmp_path / ".gitattributes").write_text("*.csv binary", encoding="utf-8")
    repro(tmp_path, "merge-baseline", "--install")
    assert "*.csv binary\n*.baseline.json merge=repro\n" == (tmp_path / ".gitattributes").read_text()


def test_a_link_is_not_followed(tmp_path):
    git(tmp_path, "init", "-qb", "main")
    outside = tmp_path / "outside"
    outside.write_text("", encoding="utf-8")
    (tmp_path / ".gitattributes").symlink_to(outside)
    repro(tmp_path, "merge-baseline", "--install")
    assert "" == outside.read_text()


def test_outside_of_a_repository_nothing_is_done(tmp_path):
    assert "nothing to do" in repro(tmp_path, "merge-baseline", "--install").stdout
    assert [] == list(tmp_path.iterdir())
