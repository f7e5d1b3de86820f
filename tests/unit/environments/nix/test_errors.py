# SPDX-License-Identifier: Apache-2.0
"""What Nix says when it fails is told in words that say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.nix.backend import NixShell
from repro_action.environments.nix.command import NixProgram, NixResult
from repro_action.environments.nix.errors import explain
from repro_action.errors import EnvironmentUnavailable
from repro_action.progress import Progress, Silent

SAID = {
    "experimental Nix feature 'flakes' is disabled; use '--extra-experimental-features flakes'": "flakes are disabled",
    "error: flake 'git+file:///p' requires lock file changes but they're not allowed due to "
    "'--no-update-lock-file'": "flake.lock does not agree",
    "error: NAR hash mismatch in input 'github:NixOS/nixpkgs/1'": "not what flake.lock says",
    "error: flake 'git+file:///p' does not provide attribute 'devShells.x86_64-linux.ci.drvPath'": "no such dev shell",
    "error: the group 'nixbld' specified in 'build-users-group' does not exist": "no users to build as",
    "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Permission denied": "daemon",
    "error: creating directory '/nix/store': Permission denied": "is not allowed to write to its store",
    "error: opening lock file '/nix/var/nix/db/big-lock': Read-only file system": "is not allowed to write to its store",
    "error: unable to download 'https://example.org/x': Couldn't resolve host name (6)": "cannot fetch it",
    "error: a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv'": "system that has no builder here",
    "error: writing to file: No space left on device": "the disk is full",
    "error: builder for '/nix/store/x.drv' failed with exit code 1": "cannot be built",
    "error: undefined variable 'pkgss'\n at /nix/store/x-source/flake.nix:3:1": "the evaluation failed",
}


@pytest.mark.parametrize(("said", "what"), SAID.items())
def test_each_failure_has_a_name_its_words_and_a_remedy(said: str, what: str) -> None:
    error = explain(said, doing="the evaluation", where="repro.toml: environment.flake")
    assert what in error.what
    assert said.splitlines()[0] in error.why
    assert error.remedy


def test_untracked_files_are_named_where_the_flake_misses_one() -> None:
    said = "error: getting status of '/nix/store/x-source/nix/shell.nix': No such file or directory"
    error = explain(said, doing="the evaluation", untracked=("nix/shell.nix",))
    assert "the flake does not see files that git does not track" == error.what
    assert "git add nix/shell.nix" == error.remedy


def test_untracked_files_are_not_blamed_for_other_failures() -> None:
    error = explain("error: undefined variable 'x'", doing="the evaluation", untracked=("nix/shell.nix",))
    assert "the evaluation failed" == error.what


def test_retries_and_progress_are_not_repeated() -> None:
    said = "building '/nix/store/a'...\nwarning: x; retrying in 263 ms\nerror: odd"
    assert "Nix said:\nerror: odd" == explain(said, doing="it").why


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A Nix that fails with given words."""

    messages: str

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        return NixResult(status=1, out="", messages=self.messages)


def prepared(root: Path, messages: str) -> EnvironmentUnavailable:
    (root / "flake.nix").write_text("{ }")
    config = Config(
        root=root, path=root / "repro.toml", name="m", environment=EnvironmentConfig(backend="nix")
    )
    backend = NixShell(environ={"REPRO_CACHE_DIR": str(root / "cache")}, nix=Failing(messages=messages))
    with pytest.raises(EnvironmentUnavailable) as caught:
        backend.prepare(config, Silent())
    return caught.value


@pytest.mark.processes
def test_an_evaluation_that_fails_shows_the_last_lines(tmp_path: Path) -> None:
    error = prepared(tmp_path, "error: syntax error, unexpected '}'")
    assert "the evaluation of the dev shell failed" == error.what
    assert "unexpected '}'" in error.why
    assert "repro.toml: environment.flake" == error.where


@pytest.mark.processes
def test_a_machine_without_nix_is_advised_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentUnavailable) as caught:
        NixProgram(environ={"PATH": str(tmp_path)}, program=str(tmp_path / "nix")).run(
            ["eval"], folder=tmp_path
        )
    assert "Nix is not installed on this machine" == caught.value.what
    assert "Install it" in caught.value.remedy
