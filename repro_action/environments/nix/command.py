# SPDX-License-Identifier: Apache-2.0
"""The one way to Nix: a port with one method, and the program behind it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from repro_action.environments.nix.errors import absent
from repro_action.progress import Progress

FEATURES = ("--extra-experimental-features", "nix-command flakes")
"""Nix calls its flakes experimental; who configures a flake has decided."""
# A flake may bring settings of Nix, such as programs to run after a build, that nobody has agreed to.
_OPTIONS = (*FEATURES, "--option", "accept-flake-config", "false")
# Nix calls git, which must run no program that the repository's configuration names.
_GIT = (("core.fsmonitor", "false"), ("core.hooksPath", os.devnull), ("protocol.ext.allow", "never"))

_LAST = 60
_LINE = 2000
_MAX_OUT = 64 << 20
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# They would change what Nix says, or how.
_UNWANTED = ("NIX_SHOW_STATS", "NIX_COUNT_CALLS", "NIX_PAGER", "PYTHONPATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class NixResult:
    """How a command of Nix ended.

    Attributes:
        status: exit status.
        out: standard output, at most 64 MiB.
        messages: the last lines of standard error, free of control characters.
    """

    status: int
    out: str
    messages: str


class Nix(Protocol):
    """Runs `nix`."""

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        """Run one command to its end.

        Args:
            arguments: from the sub-command on.
            folder: that relative references start from.
            progress: receives what Nix says while it works; None for nobody.

        Raises:
            EnvironmentUnavailable: there is no Nix.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class NixProgram:
    """The `nix` on PATH.

    Attributes:
        environ: the caller's variables; NIX_CONFIG and NIX_REMOTE are respected.
        program: name or path.
    """

    environ: Mapping[str, str]
    program: str = "nix"

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        """Run one command; see `Nix.run`.

        Raises:
            EnvironmentUnavailable: there is no Nix.
        """
        environ = {name: value for name, value in self.environ.items() if name not in _UNWANTED}
        environ |= {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb"} | _git_settings(environ)
        last: deque[str] = deque(maxlen=_LAST)
        with tempfile.TemporaryFile() as out:
            try:
                with subprocess.Popen(
                    [self.program, *_OPTIONS, *arguments],
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                ) as process:
                    for line in process.stderr or ():
                        if progress is not None:
                            progress.output("nix", line)
                        last.append(_CONTROL.sub("", line.rstrip())[:_LINE])
            except OSError as error:
                raise absent(self.program, error) from error
            out.seek(0)
            text = out.read(_MAX_OUT).decode("utf-8", "replace")
        return NixResult(status=process.returncode, out=text, messages="\n".join(last))


def _git_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables that add settings to those of git, after the caller's own."""
    count = environ.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdecimal() else 0
    added = {"GIT_CONFIG_COUNT": str(first + len(_GIT)), "GIT_NO_LAZY_FETCH": "1"}
    for number, (key, value) in enumerate(_GIT, first):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return added


def system() -> str:
    """Return this machine's name in Nix, such as `x86_64-linux`."""
    about = os.uname()
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(about.machine.lower(), about.machine.lower())
    return f"{machine}-{platform.system().lower()}"
