# SPDX-License-Identifier: Apache-2.0
"""What docs/security.md says of the process that reads artifacts: each line is one of these tests."""

from __future__ import annotations

import ctypes
import os
import socket
import sys

import pytest
from acting import does, text_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_the_reader_has_no_variables_of_its_caller(tmp_path, reader, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    assert "none" == text_of(reader.read(does(tmp_path, "variable TOKEN")))


@linux
def test_the_reader_has_no_descriptors_but_its_pipes(tmp_path, reader):
    with (tmp_path / "secret").open("w"):
        # 0 to 2 lead to /dev/null; the last one is that of the list.
        assert 6 == len(text_of(reader.read(does(tmp_path, "descriptors"))).split())


@linux
def test_the_reader_gains_no_privileges_and_has_few(tmp_path, reader):
    lines = dict(
        line.split(":\t", 1)
        for line in text_of(reader.read(does(tmp_path, "status"))).splitlines()
        if ":\t" in line
    )
    assert "1" == lines["NoNewPrivs"]
    read_all = 1 << 2  # CAP_DAC_READ_SEARCH
    assert (read_all if os.geteuid() == 0 else 0) == int(lines["CapEff"], 16)
    assert int(lines["CapInh"], 16) == 0


def _landlock() -> int:
    """Return the version of Landlock that the kernel itself says it has; 0 where it has none."""
    if sys.platform != "linux":
        return 0
    create_ruleset, version = 444, 1
    return max(0, ctypes.CDLL(None).syscall(create_ruleset, None, 0, version))


landlock = pytest.mark.skipif(_landlock() < 1, reason="this kernel has no Landlock")
landlock_of_tcp = pytest.mark.skipif(_landlock() < 4, reason="this kernel's Landlock knows no TCP")


@landlock
@pytest.mark.parametrize("word", ["write", "make"])
def test_the_reader_makes_no_file(tmp_path, reader, word):
    tree = reader.read(does(tmp_path, f"{word} {tmp_path / 'victim'}"))
    assert "Permission denied" in tree.reason
    assert not (tmp_path / "victim").exists()


@landlock
@pytest.mark.parametrize("word", ["write", "remove"])
def test_the_reader_changes_no_file(tmp_path, reader, word):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    tree = reader.read(does(tmp_path, f"{word} {victim}"))
    assert "Permission denied" in tree.reason
    assert "kept" == victim.read_text()


def test_the_reader_makes_no_file_grow(tmp_path, reader):
    assert "0" == text_of(reader.read(does(tmp_path, "largest")))


@landlock
def test_the_reader_starts_no_program(tmp_path, reader):
    assert "Permission denied" in reader.read(does(tmp_path, "start")).reason


@landlock_of_tcp
def test_the_reader_connects_to_nothing(tmp_path, reader):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        tree = reader.read(does(tmp_path, f"connect {listener.getsockname()[1]}"))
        assert "Permission denied" in tree.reason
        with pytest.raises(BlockingIOError):
            listener.accept()
