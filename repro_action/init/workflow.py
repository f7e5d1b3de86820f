# SPDX-License-Identifier: Apache-2.0
"""The smallest workflow that verifies a repository on every pull request, as text."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

PATH = ".github/workflows/repro.yml"
"""Where it stands, from the top of the repository."""

SIMPLEST = """\
name: reproduce
on: [pull_request, workflow_dispatch]
permissions: {}
jobs:
  reproduce:
    runs-on: ubuntu-24.04
    permissions: { contents: read, pull-requests: write }
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: { persist-credentials: false }
      - uses: org/repro-action@v1
"""
"""For a backend that brings its own packages; the README and examples/workflows show the same."""

_PYTHON = """\
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with: {{ python-version: "{version}" }}
"""
_INSTALL = "      - run: pip install {what}\n"
_NAMES = ("requirements.lock", "requirements.txt", "requirements/base.txt")
_PLAIN = re.compile(r"[A-Za-z0-9._/-]+")
_VERSION = re.compile(r"3\.\d{1,2}(?:\.\d{1,2})?")


def workflow(roots: Sequence[Path], top: Path) -> str:
    """Return the workflow for a repository; projects that train in the job's Python get their packages.

    Args:
        roots: folders of those projects, whose backend is `current`.
        top: of the repository.
    """
    if not roots:
        return SIMPLEST
    head, action = SIMPLEST[: SIMPLEST.rindex("      - uses")], SIMPLEST[SIMPLEST.rindex("      - uses") :]
    wanted = dict.fromkeys(requirements(root, top) for root in roots)
    installs = "".join(_INSTALL.format(what=what) for what in wanted if what)
    return head + _PYTHON.format(version=_version(roots, top)) + installs + action


def requirements(root: Path, top: Path) -> str:
    """Return what pip installs for a project's packages; empty where nothing says."""
    for folder in _upwards(root, top):
        for name in _NAMES:
            path = folder / name
            relative = path.relative_to(top).as_posix()
            if path.is_file() and _PLAIN.fullmatch(relative):
                return f"-r {relative}"
    for folder in _upwards(root, top):
        relative = folder.relative_to(top).as_posix()
        if (folder / "pyproject.toml").is_file() and _PLAIN.fullmatch(relative):
            return relative if relative == "." else f"./{relative}"
    return ""


def _upwards(root: Path, top: Path) -> list[Path]:
    """Return a folder and those around it, as far as the top."""
    return [folder for folder in (root, *root.parents) if folder.is_relative_to(top)]


def _version(roots: Sequence[Path], top: Path) -> str:
    """Return the first Python that a project, or a folder around it, asks for; else the one that runs."""
    for folder in (folder for root in roots for folder in _upwards(root, top)):
        path = folder / ".python-version"
        if path.is_file() and path.stat().st_size < 100:
            version = path.read_text(encoding="utf-8", errors="replace").strip()
            if _VERSION.fullmatch(version):
                return version
    return f"{sys.version_info.major}.{sys.version_info.minor}"
