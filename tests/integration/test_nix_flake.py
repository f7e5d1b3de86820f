# SPDX-License-Identifier: Apache-2.0
"""Which files a flake sees, and what tells that they changed; with real git."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.nix.flake import find_flake, nixpkgs_revision, sources, untracked
from repro_action.errors import EnvironmentUnavailable


def git(root: Path, *arguments: str) -> None:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *named, *arguments], cwd=root, check=True, capture_output=True)


def config(root: Path, flake: str = ".#default") -> Config:
    environment = EnvironmentConfig(backend="nix", flake=flake)
    return Config(root=root, path=root / "repro.toml", name="m", environment=environment)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "flake.nix").write_text("{ }")
    (tmp_path / "train.py").write_text("pass\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "start")
    return tmp_path


def keys(root: Path) -> tuple[str, str]:
    result = sources(find_flake(config(root)))
    return result.key(whole=False), result.key(whole=True)


def test_a_repository_without_a_commit_has_the_files_that_git_tracks_and_no_commit(tmp_path: Path) -> None:
    """`git rev-parse HEAD` answers `HEAD` there, which is not a commit."""
    (tmp_path / "flake.nix").write_text("{ }")
    (tmp_path / "untracked.nix").write_text("{ }")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "flake.nix")
    found = sources(find_flake(config(tmp_path)))
    assert (tmp_path.resolve(), ["flake.nix"], "+", True) == (
        found.top,
        [*found.files],
        found.state,
        found.git,
    )
    before = keys(tmp_path)
    (tmp_path / "flake.nix").write_text("{ } # edited")
    assert before[0] != keys(tmp_path)[0]


def test_touching_a_file_changes_no_key(root: Path) -> None:
    before = keys(root)
    os.utime(root / "flake.nix", (1, 1))
    assert before == keys(root)


def test_an_edit_of_code_changes_only_the_key_of_everything(root: Path) -> None:
    settling, whole = keys(root)
    (root / "train.py").write_text("pass # edited\n")
    after = keys(root)
    assert settling == after[0]
    assert whole != after[1]


def test_an_edit_of_the_flake_changes_both_keys_and_a_commit_of_it_only_one(root: Path) -> None:
    before = keys(root)
    (root / "flake.nix").write_text("{ } # edited")
    edited = keys(root)
    assert before[0] != edited[0]
    assert before[1] != edited[1]
    git(root, "commit", "--quiet", "--all", "--message", "edit")
    committed = keys(root)
    assert edited[0] == committed[0]
    assert edited[1] != committed[1]


def test_an_untracked_file_changes_no_key_because_the_flake_does_not_see_it(root: Path) -> None:
    before = keys(root)
    (root / "shell.nix").write_text("1")
    assert before == keys(root)
    assert ("shell.nix",) == untracked(find_flake(config(root)))


def test_an_ignored_nix_file_is_named_too(root: Path) -> None:
    (root / ".gitignore").write_text("generated/\n")
    (root / "generated").mkdir()
    (root / "generated" / "pins.nix").write_text("1")
    assert ("generated/pins.nix",) == untracked(find_flake(config(root)))


def test_a_dirty_tree_is_recorded(root: Path) -> None:
    assert not sources(find_flake(config(root))).dirty
    (root / "train.py").write_text("pass # edited\n")
    assert sources(find_flake(config(root))).dirty


def test_without_git_every_file_counts(tmp_path: Path) -> None:
    (tmp_path / "flake.nix").write_text("{ }")
    result = sources(find_flake(config(tmp_path)))
    assert not result.git
    assert ["flake.nix"] == list(result.files)


def test_a_flake_above_the_project_is_found_up_to_the_repository(root: Path) -> None:
    inner = root / "models" / "wine"
    inner.mkdir(parents=True)
    assert root == find_flake(config(inner)).folder


def test_the_search_ends_where_the_repository_does(root: Path) -> None:
    inner = root / "sub"
    inner.mkdir()
    git(inner, "init", "--quiet")
    with pytest.raises(EnvironmentUnavailable, match=r"no flake\.nix"):
        find_flake(config(inner))


@pytest.mark.parametrize("flake", ["github:o/r#x", "/abs#x", "~/x", "path:.#x", ".?dir=a#x"])
def test_a_flake_that_is_not_in_the_repository_is_refused(root: Path, flake: str) -> None:
    with pytest.raises(EnvironmentUnavailable, match="not one of this repository"):
        find_flake(config(root, flake))


@pytest.mark.parametrize("name", ["a b", "x;y", '"', "a..b", "-x"])
def test_a_name_that_is_no_name_is_refused(root: Path, name: str) -> None:
    with pytest.raises(EnvironmentUnavailable, match="cannot be the name of a dev shell"):
        find_flake(config(root, f".#{name}"))


def test_the_default_shell_is_meant_where_none_is_named(root: Path) -> None:
    assert "devShells.x86_64-linux.default" == find_flake(config(root, "")).attribute("x86_64-linux")


def test_the_revision_of_nixpkgs_is_read_from_the_lock(root: Path) -> None:
    revision = "02e08985a27c65ffd33d434eeb2e660a2e4dc84d"
    lock = {
        "nodes": {
            "root": {"inputs": {"nixpkgs": "nixpkgs_2"}},
            "nixpkgs": {"locked": {"rev": "0" * 40}},
            "nixpkgs_2": {"locked": {"rev": revision, "narHash": "sha256-x"}},
        },
        "root": "root",
        "version": 7,
    }
    (root / "flake.lock").write_text(json.dumps(lock))
    assert revision == nixpkgs_revision(find_flake(config(root)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"nodes": {}, "root": "root"}', '{"nodes": {"root": {"inputs": []}}, "root": "root"}'],
)
def test_a_lock_that_pins_no_nixpkgs_gives_none(root: Path, text: str) -> None:
    (root / "flake.lock").write_text(text)
    assert "" == nixpkgs_revision(find_flake(config(root)))
