# SPDX-License-Identifier: Apache-2.0
"""Copies of the examples with an accepted baseline, committed to git, all caches warm."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bench.clock import Command, once
from bench.scale import BIN, ROOT, variables

_MADE = ("out", ".repro", "__pycache__", ".*_cache", "repro.baseline.json")
_GIT = (
    "git",
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@example.invalid",
    "-c",
    "commit.gpgsign=false",
)


def example(name: str, work: Path) -> Path:
    """Return a project that `repro verify` reproduces; made once."""
    project = work / name
    if project.is_dir():
        return project
    shutil.copytree(ROOT / "examples" / name, project, ignore=shutil.ignore_patterns(*_MADE))
    repro = BIN / "repro"
    for arguments, good in ((("verify", "--quiet"), (3,)), (("accept",), (0,))):
        once(Command(argv=(repro, *arguments), folder=project, variables=variables(), good=good))
    (project / ".gitignore").write_text(".repro/\nout/\n__pycache__/\n", encoding="ascii")
    steps: tuple[tuple[str, ...], ...] = (
        ("init", "--quiet"),
        ("add", "--all"),
        ("commit", "--quiet", "--message", "example"),
    )
    for step in steps:
        subprocess.run([*_GIT, *step], cwd=project, env=variables(), check=True)
    return project
