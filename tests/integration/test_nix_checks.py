# SPDX-License-Identifier: Apache-2.0
"""What `repro doctor` says of Nix."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.checks import Check, Health
from repro_action.environments.nix.checks import namespaces, nix_checks
from repro_action.environments.nix.command import NixResult
from repro_action.errors import EnvironmentUnavailable
from repro_action.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A Nix that tells its version and settings; of the older form where `old`."""

    version: str = "nix (Nix) 2.31.2"
    settings: Mapping[str, object] = field(default_factory=dict)
    old: bool = False

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        if list(arguments) == ["--version"]:
            return NixResult(status=0, out=f"{self.version}\n", messages="")
        wanted = "show-config" if self.old else "config"
        if arguments[0] != wanted:
            return NixResult(status=1, out="", messages="error: unknown command")
        table = {name: {"value": value} for name, value in self.settings.items()}
        return NixResult(status=0, out=json.dumps(table), messages="")


class Absent:
    """No Nix."""

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        raise EnvironmentUnavailable("Nix is not installed on this machine", remedy="Install it.")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "flake.nix").write_text("{ }")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=T", "-c", "user.email=t@e", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def config(root: Path) -> Config:
    environment = EnvironmentConfig(backend="nix")
    return Config(root=root, path=root / "repro.toml", name="m", environment=environment)


def found(checks: Sequence[Check], text: str) -> Check:
    return next(check for check in checks if text in check.found)


def test_a_machine_without_nix_is_reported_and_nothing_else(root: Path) -> None:
    checks = [*nix_checks(config(root), Absent(), builds_steps=False)]
    assert [(Health.BAD, "Nix is not installed on this machine")] == [
        (one.health, one.found) for one in checks
    ]


@pytest.mark.parametrize(
    ("version", "health"),
    [("nix (Nix) 2.8.0", Health.OK), ("nix (Nix) 2.3.16", Health.BAD), ("odd", Health.WARN)],
)
def test_the_version_is_judged(root: Path, version: str, health: Health) -> None:
    assert health == next(nix_checks(config(root), Telling(version=version), builds_steps=False)).health


@pytest.mark.parametrize("old", [True, False], ids=["show-config", "config show"])
def test_a_sandbox_that_is_off_is_reported(root: Path, old: bool) -> None:
    checks = [*nix_checks(config(root), Telling(settings={"sandbox": False}, old=old), builds_steps=False)]
    assert Health.WARN == found(checks, "its sandbox is off").health


def test_flakes_that_are_off_are_no_trouble(root: Path) -> None:
    checks = [*nix_checks(config(root), Telling(settings={"experimental-features": []}), builds_steps=False)]
    assert Health.OK == found(checks, "flakes are off").health


def test_a_fallback_into_the_open_is_reported(root: Path) -> None:
    checks = [*nix_checks(config(root), Telling(settings={"sandbox-fallback": True}), builds_steps=False)]
    assert Health.WARN == found(checks, "build without a sandbox").health


def test_untracked_files_are_named_with_the_command(root: Path) -> None:
    (root / "shell.nix").write_text("1")
    checks = [*nix_checks(config(root), Telling(), builds_steps=False)]
    assert "git add shell.nix" == found(checks, "git does not track shell.nix").remedy


def test_a_dirty_tree_is_reported(root: Path) -> None:
    (root / "flake.nix").write_text("{ } # edited")
    assert (
        found([*nix_checks(config(root), Telling(), builds_steps=False)], "uncommitted changes").health
        is Health.WARN
    )


def test_a_flake_that_is_missing_is_bad(tmp_path: Path) -> None:
    assert (
        found([*nix_checks(config(tmp_path), Telling(), builds_steps=False)], "no flake.nix").health
        is Health.BAD
    )


def test_restricted_namespaces_concern_only_derivations() -> None:
    assert [] == [*namespaces(builds_steps=False, restricted="1", maximum="0")]
