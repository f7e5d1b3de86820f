# SPDX-License-Identifier: Apache-2.0
"""Command lines that start a Python script."""

from __future__ import annotations

import re
import shlex

_SHELL = re.compile(r"[$|><&;`*?(){}~#\\]")
_PYTHON = re.compile(r"python[\d.]*")
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("pipenv", "run"), ("hatch", "run"))


def python_argv(line: str) -> tuple[str, ...] | None:
    """Split a command that runs a Python script without the help of a shell; None for others."""
    if _SHELL.search(line):
        return None
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if tuple(words[:2]) in _RUNNERS:
        words = words[2:]
    if len(words) < 2 or not _PYTHON.fullmatch(words[0]):
        return None
    return ("python", *words[1:]) if words[1] == "-m" or words[1].endswith(".py") else None
