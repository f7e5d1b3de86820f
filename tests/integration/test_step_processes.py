# SPDX-License-Identifier: Apache-2.0
"""No process of a step is left, however the step, its supervisor or repro itself ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from integration.one_step import linux, root, run
from integration.processes import running
from work import eventually

from repro_action.errors import Busy, StepError
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.lock import lock_project
from repro_action.steps.record import StepFailed
from repro_action.steps.supervised import Supervisors

__all__ = ["root"]


# A step that leaves processes by every way that is known to escape a process group. Each
# beats its own file and, being a fork, has the marker in its command line.
HYDRA = """
import os, signal, sys, time
def beat(name):
    while True:
        with open(f"beats-{name}", "a") as file:
            file.write(".")
        time.sleep(0.01)
def spawn(name, *, session=False, twice=False):
    if os.fork() == 0:
        if session:
            os.setsid()
        if twice and os.fork():
            os._exit(0)
        beat(name)
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
spawn("child")
spawn("session", session=True)
spawn("daemon", session=True, twice=True)
while len([name for name in os.listdir() if name.startswith("beats-")]) < 3:
    time.sleep(0.01)
print("ready", flush=True)
if "assassin" in sys.argv:
    os.kill(os.getppid(), signal.SIGKILL)
if "leaver" not in sys.argv:
    beat("parent")
"""


# A run of repro: holds the lock, turns signals into exceptions, runs the step.
DRIVER = """
import os, sys
from pathlib import Path
from repro_action.config.model import Step
from repro_action.errors import Interrupted
from repro_action.progress import Silent
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.supervised import Supervisors
from repro_action.steps.lock import lock_project
from repro_action.steps.record import StepRequest
from repro_action.steps.signals import interruptible
class Shown(Silent):
    def output(self, step, text):
        os.write(1, text.encode())
root = Path.cwd()
request = StepRequest(root=root, python=Path(sys.executable), variables=dict(os.environ), log=root / ".repro/log")
step = Step(name="hydra", run=("python", "hydra.py", os.environ["MARKER"], *sys.argv[1:]))
with lock_project(root / ".repro") as lock, interruptible():
    executor = LocalExecutor(supervisors=Supervisors(pass_fds=(lock.fileno(),), grace=0.3))
    os.write(1, b"begin\\n")
    try:
        executor.run(step, request, Shown())
    except KeyboardInterrupt:
        sys.exit(40)
    except Interrupted:
        sys.exit(41)
"""


@pytest.fixture
def marker(root):
    """Write the hydra; return what is in the command line of each of its processes."""
    (root / "hydra.py").write_text(HYDRA)
    return f"hydra-{uuid.uuid4()}"


def start_driver(root, marker, *words):
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words],
        cwd=root,
        env={**os.environ, "MARKER": marker},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@linux
def test_processes_left_running_are_stopped_and_named(root, marker):
    record = run(root, "python", "hydra.py", marker, "leaver")
    assert [] == running(marker)
    assert 3 == len(record.stragglers)
    assert all(f"hydra.py {marker}" in line for line in record.stragglers)


@linux
def test_a_straggler_that_ignores_sigterm_is_killed(root, marker):
    record = run(root, "python", "hydra.py", marker, "leaver", "stubborn")
    assert [] == running(marker)
    assert 3 == len(record.stragglers)


def test_a_helper_that_ends_soon_after_the_step_is_no_straggler(root):
    record = run(root, "/bin/sh", "-c", "(sleep 0.2; echo late) & echo end")
    assert () == record.stragglers
    assert "end\nlate\n" == record.tail


@linux
@pytest.mark.parametrize("words", [(), ("stubborn",)])
def test_a_step_that_takes_too_long_is_stopped_with_all_it_started(root, marker, words):
    with pytest.raises(StepFailed, match=r"timed out after 1\.5 s") as caught:
        run(root, "python", "hydra.py", marker, *words, timeout=1.5)
    assert [] == running(marker)
    assert "ready\n" == caught.value.record.tail


@linux
def test_nothing_survives_a_step_that_kills_its_supervisor(root, marker):
    with pytest.raises(StepError, match="supervises the step was killed"):
        run(root, "python", "hydra.py", marker, "assassin")
    assert [] == running(marker)


@linux
def test_a_supervisor_that_is_frozen_does_not_keep_repro(root, marker):
    freeze = "import os, signal, sys, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)"
    executor = LocalExecutor(supervisors=Supervisors(grace=0.1, give_up=0.1))
    with pytest.raises(StepError, match="supervises the step was killed"):
        run(root, "python", "-c", freeze, marker, timeout=1, executor=executor)
    assert [] == running(marker)


@linux
def test_a_supervisor_that_is_frozen_is_noticed_without_any_limit_of_time(root, marker):
    freeze = "import os, signal, sys, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)"
    with pytest.raises(StepError, match="supervises the step was stopped"):
        run(root, "python", "-c", freeze, marker)
    assert [] == running(marker)


@linux
@pytest.mark.parametrize("words", [(), ("stubborn",)])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 40), (signal.SIGTERM, 41), (signal.SIGHUP, 41)]
)
def test_nothing_survives_a_run_that_is_stopped(root, marker, number, status, words):
    with start_driver(root, marker, *words) as driver:
        assert [b"begin\n", b"ready\n"] == [driver.stdout.readline(), driver.stdout.readline()]
        assert 4 == len(running(marker))
        driver.send_signal(number)
        assert status == driver.wait(10)
        assert [] == running(marker)


@linux
@pytest.mark.parametrize("words", [(), ("stubborn",)])
@pytest.mark.parametrize("moment", [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, None])
def test_nothing_survives_a_run_that_is_killed(root, marker, moment, words):
    with start_driver(root, marker, *words) as driver:
        assert b"begin\n" == driver.stdout.readline()
        if moment is None:
            assert b"ready\n" == driver.stdout.readline()
        else:
            time.sleep(moment)
        driver.kill()
        driver.wait()
        # The lock is free only when nothing is left; so this needs no waiting of its own.
        with lock_project(root / ".repro"):
            assert [] == running(marker)


@linux
def test_a_run_that_is_killed_while_it_stops_leaves_nothing(root, marker):
    with start_driver(root, marker, "stubborn") as driver:
        driver.stdout.readline()
        driver.stdout.readline()
        driver.send_signal(signal.SIGINT)
        time.sleep(0.1)
        driver.kill()
        driver.wait()
        with lock_project(root / ".repro"):
            assert [] == running(marker)


@linux
def test_the_step_dies_even_if_repro_and_the_supervisor_are_killed_at_once(root, marker):
    (root / "hydra.py").write_text("import os, time; print(os.getppid(), flush=True); time.sleep(60)")
    with start_driver(root, marker) as driver:
        driver.stdout.readline()
        supervisor = int(driver.stdout.readline())
        os.kill(supervisor, signal.SIGSTOP)
        driver.kill()
        os.kill(supervisor, signal.SIGKILL)
        driver.wait()
        assert eventually(lambda: not running(marker)), running(marker)


@linux
def test_a_second_run_finds_the_first_busy(root, marker):
    with start_driver(root, marker) as driver:
        driver.stdout.readline()
        with pytest.raises(Busy, match=str(driver.pid)), lock_project(root / ".repro"):
            pass
        driver.kill()
