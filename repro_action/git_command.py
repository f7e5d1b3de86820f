# SPDX-License-Identifier: Apache-2.0
"""How git is started: so that nothing which a repository's configuration names is run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_HARMLESS = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "safe.bareRepository=explicit", "-c", "log.showSignature=false"),
    # The empty one drops all that stand before it, for every address.
    *("-c", "credential.helper=", "-c", "core.askPass=true"),
)
"""Options of git: no program that a repository's configuration names is run to read objects.

A folder of the checkout can itself look like a bare repository, whose configuration would be
a stranger's: git is configured to skip it.
"""

# `ext`, `file` and helpers such as `git-remote-x` run what a remote's configuration says.
_QUIET = {
    "GIT_ALLOW_PROTOCOL": "https:http:ssh",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

READ_SECONDS = 30.0
"""After which a git that only reads is given up."""


def harmless() -> tuple[str, ...]:
    """Return the options of every git that repro starts.

    On a runner the checkout can belong to another user, as in a job with a container; git would then read
    nothing of it. No program of its configuration is run anyway.
    """
    runner = os.environ.get("GITHUB_ACTIONS") == "true"
    return (*_HARMLESS, *(("-c", "safe.directory=*") if runner else ()))


def run_git(
    folder: Path,
    *arguments: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    seconds: float = 120.0,
) -> str | None:
    """Return what git prints, without the space around it; None where it fails or takes too long.

    Args:
        folder: that it runs in.
        arguments: of git; they may name a command that writes.
        variables: laid over the caller's.
        seconds: after which it is given up.
    """
    command = ["git", *harmless(), *arguments]
    found = _output(command, folder, {**os.environ, "LC_ALL": "C", **variables}, seconds=seconds)
    return None if found is None else found.decode("utf-8", "replace").strip()


def read_git(folder: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """Return what a git that only reads prints; None where it fails or takes longer than `READ_SECONDS`.

    Args:
        folder: that it runs in.
        arguments: of git.
        given: its standard input.
    """
    return _output(git_command(*arguments), folder, git_variables(), given=given, seconds=READ_SECONDS)


def _output(
    command: list[str], folder: Path, environ: Mapping[str, str], *, given: bytes = b"", seconds: float
) -> bytes | None:
    import subprocess

    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            input=given or None,
            # A pipe that nobody uses costs git and us several calls.
            stdin=None if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def git_command(*arguments: str) -> list[str]:
    """Return a command of git that reads, and runs nothing that a repository's configuration names.

    In a partial clone git fetches what is missing, by the web or ssh, and never by a command.
    """
    return ["git", *harmless(), "-c", "core.sshCommand=ssh", *arguments]


def git_variables() -> dict[str, str]:
    """Return the variables that `git_command` is run with."""
    return {**os.environ, **_QUIET}
