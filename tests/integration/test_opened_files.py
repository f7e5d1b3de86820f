# SPDX-License-Identifier: Apache-2.0
"""Files that any process reads are seen; what is only written is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from repro_action.steps.opened_files import OpenedFiles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def skips(_: str, name: str) -> bool:
    return name == ".git"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.csv", "data/b.csv", "data/deep/c.bin", ".git/config", "unread.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    return tmp_path


def watched(folder: Path, command: str) -> OpenedFiles:
    with OpenedFiles(str(folder), skips) as opened:
        subprocess.run(["sh", "-c", command], cwd=folder, check=True, capture_output=True)
    return opened


def test_reads_of_any_program_are_seen(folder: Path) -> None:
    opened = watched(folder, "cat a.csv data/deep/c.bin; ls data; echo 1 > new.txt; cat .git/config")
    assert ({"a.csv", "data/deep/c.bin"}, True) == (opened.read, opened.complete)


def test_an_empty_run_reads_nothing(folder: Path) -> None:
    assert set() == watched(folder, "true").read
