# SPDX-License-Identifier: Apache-2.0
"""Runs a command whose output is shown as it comes, its last lines again when it fails."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from repro_action.errors import EnvironmentUnavailable
from repro_action.progress import Progress

_LAST = 20
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def run_visibly(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    progress: Progress,
    keep_open: int,
    folder: Path | None = None,
) -> None:
    """Run a command to its end.

    Args:
        command: argument vector.
        environ: its whole environment.
        progress: receives each line of output.
        keep_open: a descriptor that the command inherits, and with it the lock on it.
        folder: working folder; None for that of this process.

    Raises:
        EnvironmentUnavailable: it cannot be started or fails; holds its last lines.
    """
    import subprocess

    last: deque[str] = deque(maxlen=_LAST)
    try:
        with subprocess.Popen(
            command,
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=(keep_open,),
        ) as process:
            for line in process.stdout or ():
                progress.output("environment", line)
                last.append(_CONTROL.sub("", line.rstrip())[:500])
    except OSError as error:
        raise EnvironmentUnavailable(f"{command[0]} cannot be started", why=str(error)) from error
    if process.returncode:
        raise EnvironmentUnavailable(
            f"the environment cannot be built: status {process.returncode} of {' '.join(command)[:200]}",
            why="\n".join(last),
            remedy=_remedy("\n".join(last)),
        )


def _remedy(output: str) -> str:
    if "ensurepip" in output:
        return "Install the interpreter's venv package, such as python3-venv, or set another `python`."
    if "DO NOT MATCH THE HASHES" in output or "hashes are required" in output.lower():
        return (
            "Write the lock file again with hashes of every package and dependency, and review what changed."
        )
    if "No matching distribution" in output or "only-binary" in output or "no wheels" in output.lower():
        return (
            "The lock may be for another Python or platform, the index may be unreachable "
            "(PIP_INDEX_URL), or "
            "a package has no wheel: lock a version that has one, or set allow-source-builds = true under "
            "[environment], which builds it in the sandbox."
        )
    return "Run the same command by hand; pip's index settings (PIP_INDEX_URL, pip.conf) apply."
