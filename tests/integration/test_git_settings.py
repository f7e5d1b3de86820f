# SPDX-License-Identifier: Apache-2.0
"""No command that a repository's own configuration names is run when repro asks git."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.nix.flake import find_flake, sources
from repro_action.history import History, HistoryError

USER = ("-c", "user.name=a", "-c", "user.email=a@b.c")


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / ".gitattributes").write_text("*.txt filter=evil diff=evil\n")
    (root / "repro.toml").write_text("one\n")
    (root / "note.txt").write_text("one\n")
    (root / "flake.nix").write_text("{ }\n")
    (root / "flake.lock").write_text("{}\n")
    commit(root)
    (root / "repro.toml").write_text("two\n")
    commit(root)
    return root


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *USER, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change")


def ask_everything(root: Path) -> None:
    history = History(root)
    for revision in ("HEAD", "HEAD~1"):
        history.commit(revision)
        history.parents(revision)
        history.read(revision, "repro.toml")
    list(history.versions("repro.toml"))
    history.last_change("repro.toml")
    history.is_ignored("note.txt")
    history.is_tracked("note.txt")
    assert history.inside
    with suppress(HistoryError):
        history.changed_files("HEAD~1")
    environment = EnvironmentConfig(backend="nix", flake=".#default")
    config = Config(root=root, path=root / "repro.toml", name="m", environment=environment)
    sources(find_flake(config))


@pytest.mark.parametrize(
    "settings",
    [
        {"core.fsmonitor": "{evil}"},
        {"core.hooksPath": "{hooks}"},
        {"filter.evil.clean": "{evil}", "filter.evil.smudge": "{evil}"},
        {"filter.evil.process": "{evil}", "filter.evil.required": "true"},
        {"diff.evil.textconv": "{evil}", "diff.evil.command": "{evil}", "diff.external": "{evil}"},
        {"gpg.program": "{evil}", "log.showSignature": "true"},
        {"core.pager": "{evil}", "pager.log": "true", "core.editor": "{evil}", "core.askPass": "{evil}"},
        {"alias.log": "!{evil}", "alias.rev-parse": "!{evil}", "core.sshCommand": "{evil}"},
        {"core.alternateRefsCommand": "{evil}", "uploadpack.packObjectsHook": "{evil}"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_no_program_of_a_setting_is_run(repository, tmp_path, settings):
    evil = program(tmp_path)
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
        shutil.copy(evil, tmp_path / "hooks" / hook)
        shutil.copy(evil, repository / ".git" / "hooks" / hook)
    for key, value in settings.items():
        git(repository, "config", key, value.format(evil=evil, hooks=tmp_path / "hooks"))
    (repository / "note.txt").write_text("two\n")
    os.utime(repository / "repro.toml")
    ask_everything(repository)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "remote",
    [
        {"url": "ext::{evil} %S"},
        {"url": "file:///nowhere", "uploadpack": "{evil}"},
        {"url": "{root}", "uploadpack": "{evil}"},
        {"url": "ssh://nowhere.invalid/x"},
        {"url": "x", "vcs": "evil"},
        {"url": "evil::x"},
    ],
    ids=lambda remote: next(iter(remote.values()))[:12],
)
def test_what_a_partial_clone_lacks_is_fetched_by_no_command(repository, tmp_path, monkeypatch, remote):
    evil = program(tmp_path)
    helpers = tmp_path / "helpers"
    helpers.mkdir()
    shutil.copy(evil, helpers / "git-remote-evil")
    monkeypatch.setenv("PATH", str(helpers), prepend=os.pathsep)
    remote = {"promisor": "true", "partialclonefilter": "blob:none", **remote}
    for key, value in remote.items():
        git(repository, "config", f"remote.origin.{key}", value.format(evil=evil, root=repository))
    for key, value in {"repositoryformatversion": "1", "sshCommand": str(evil)}.items():
        git(repository, "config", f"core.{key}", value)
    for name in ("protocol.allow", "protocol.ext.allow", "protocol.file.allow"):
        git(repository, "config", name, "always")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "credential.helper", f"!{evil}")
    lost = git(repository, "rev-parse", "HEAD~1:repro.toml").strip()
    (repository / ".git/objects" / lost[:2] / lost[2:]).unlink()
    ask_everything(repository)
    assert not (tmp_path / "mark").exists()
    assert History(repository).read("HEAD~1", "repro.toml") is None


def program(folder: Path) -> Path:
    """Return a program that leaves a mark."""
    evil = folder / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {folder / 'mark'}\nexit 1\n")
    evil.chmod(0o755)
    return evil


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_runner_reads_a_checkout_of_another_user_and_a_laptop_does_not(repository, monkeypatch):
    """A job with a container is root, and the checkout belongs to the runner's user."""
    for path in (repository, repository / ".git"):
        os.chown(path, 12345, 12345)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setenv("HOME", str(repository.parent))  # a user's own settings could allow it
    assert History(repository).commit("HEAD") is None
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert History(repository).commit("HEAD")
