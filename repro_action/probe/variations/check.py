# SPDX-License-Identifier: Apache-2.0
"""Asks the machine what it can disturb, by trying it once."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

_ENTER = Path(__file__).with_name("enter.py")
_TIMEOUT = 20.0


def enter(what: str, value: str) -> tuple[str, ...]:
    """Return the words to put before a command, so that it runs in other surroundings."""
    return (sys.executable, "-I", "-S", str(_ENTER), what, value)


@lru_cache(maxsize=64)
def refusal(*prefix: str) -> str:
    """Return why nothing can be run behind a prefix; empty where it can."""
    output, problem = output_of((*prefix, sys.executable, "-I", "-S", "-c", "print('here')"))
    return "" if output == "here" else problem or "it was tried and has no effect"


def output_of(command: tuple[str, ...], **variables: str) -> tuple[str, str]:
    """Run a short command in an environment of its own.

    Returns:
        What it printed, stripped, and the last line of what went wrong.
    """
    try:
        done = subprocess.run(
            command,
            env=variables,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return "", str(error)
    lines = done.stderr.strip().splitlines()
    return done.stdout.strip(), lines[-1] if lines else ""


@lru_cache(maxsize=1)
def cpu_flags() -> frozenset[str]:
    """Return the features of the CPU in the kernel's words; empty where it does not say."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            text = file.read(1 << 16)
    except OSError:
        return frozenset()
    lines = (line.partition(":")[2] for line in text.splitlines() if line.startswith("flags"))
    return frozenset(next(lines, "").split())


@lru_cache(maxsize=1)
def locales() -> tuple[str, ...]:
    """Return the locales of this machine, sorted."""
    output, _ = output_of(("locale", "-a"), PATH="/usr/bin:/bin:/usr/local/bin")
    return tuple(sorted(set(output.split())))


@lru_cache(maxsize=1)
def faketime() -> str:
    """Return the library that fakes the clock; empty where it is not installed."""
    import shutil

    command = shutil.which("faketime")
    folders = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")]
    if command is not None:
        folders.append(Path(command).resolve().parent.parent / "lib")
    names = ("libfaketimeMT.so.1", "libfaketime.so.1")
    found = (
        path
        for name in names
        for folder in folders
        for glob in (f"faketime/{name}", f"*/faketime/{name}")
        for path in sorted(folder.glob(glob))
    )
    return str(next(found, ""))
