# SPDX-License-Identifier: Apache-2.0
"""Laws of holding a project for one run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from repro_action.errors import Busy
from repro_action.steps.lock import lock_project


def test_a_second_run_is_shown_who_holds_the_project(tmp_path):
    with (
        lock_project(tmp_path / ".repro"),
        pytest.raises(Busy, match=f"process {os.getpid()}"),
        lock_project(tmp_path / ".repro"),
    ):
        pass


def test_the_project_is_free_after_a_run(tmp_path):
    for _ in range(2):
        with lock_project(tmp_path):
            assert str(os.getpid()) == (tmp_path / "lock").read_text().strip()


def test_the_project_is_free_after_a_run_that_raised(tmp_path):
    with pytest.raises(KeyError), lock_project(tmp_path):
        raise KeyError
    with lock_project(tmp_path):
        pass


def test_a_started_process_does_not_get_the_lock(tmp_path):
    with lock_project(tmp_path) as lock:
        assert not os.get_inheritable(lock.fileno())


@pytest.mark.processes
def test_a_killed_run_leaves_no_lock(tmp_path):
    code = f"from pathlib import Path; from repro_action.steps.lock import lock_project\nwith lock_project(Path({str(tmp_path)!r})): print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(Busy, match=f"process {other.pid}"), lock_project(tmp_path):
            pass
        other.kill()
        other.wait()
        with lock_project(tmp_path):
            pass


@pytest.mark.processes
def test_a_run_waits_for_what_a_dead_run_left_behind(tmp_path):
    with lock_project(tmp_path) as lock:
        kept = os.dup(lock.fileno())
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / "lock").write_text(f"{ended.pid}\n")
    ended_too = []

    def end() -> None:
        ended_too.append(kept)
        os.close(kept)

    threading.Timer(0.3, end).start()
    with lock_project(tmp_path):
        assert [kept] == ended_too


def test_a_lock_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "precious").write_text("x")
    (tmp_path / "lock").symlink_to("precious")
    with pytest.raises(Busy), lock_project(tmp_path):
        pass
    assert "x" == (tmp_path / "precious").read_text()
