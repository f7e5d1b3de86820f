# SPDX-License-Identifier: Apache-2.0
"""The process that reads keeps the one capability that it needs, and never asks for one more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux"),
]

_READ_SEARCH, _OVERRIDE, _CHOWN = 1 << 2, 1 << 1, 1 << 0

_PROGRAM = """\
import sys
from pathlib import Path
from repro_action.reading import ArtifactReader
from repro_action.launch.privileges import keep_only
keep_only(int(sys.argv[1]))
reader = ArtifactReader()
leaf = reader.read(Path(sys.argv[2])).root
print(leaf.reason or leaf.kind)
print(*[line.split()[1] for line in Path(f"/proc/{reader._process.pid}/status").read_text().splitlines()
        if line.startswith(("CapPrm", "CapEff"))])
"""


@pytest.mark.parametrize(
    ("permitted", "kept"),
    [
        (0xFFFFFFFF, _READ_SEARCH),
        (0xA80425FB, _OVERRIDE),  # what docker gives a container's root: CAP_DAC_READ_SEARCH is not in it
        (_CHOWN, 0),
        (0, 0),
    ],
)
def test_of_what_is_permitted_only_the_right_to_read_is_kept(tmp_path, permitted, kept):
    (tmp_path / "a.txt").write_text("content\n")
    (tmp_path / "a.txt").chmod(0o644)
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", _PROGRAM, str(permitted), str(tmp_path / "a.txt")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = ended.stdout.splitlines()
    assert lines[0] == "text"
    assert [int(mask, 16) for mask in lines[1].split()] == [kept, kept]


@pytest.mark.parametrize("permitted", [0xFFFFFFFF, 0xA80425FB])
def test_root_reads_the_files_of_others(tmp_path, permitted):
    (tmp_path / "a.txt").write_text("content\n")
    (tmp_path / "a.txt").chmod(0o600)
    os.chown(tmp_path / "a.txt", 65534, 65534)
    command = [sys.executable, "-c", _PROGRAM, str(permitted), str(tmp_path / "a.txt")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[0] == "text"
