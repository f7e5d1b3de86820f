# SPDX-License-Identifier: Apache-2.0
"""Steps as real processes: what they get, what is recorded of them, and how their failures are explained."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from integration.one_step import linux, python, request, root, run

from repro_action.config.model import Step
from repro_action.errors import StepError
from repro_action.progress import Silent
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.lock import lock_project
from repro_action.steps.record import TAIL_LIMIT, StepFailed, StepRequest
from repro_action.steps.supervised import Supervisors

__all__ = ["root"]


class Heard(Silent):
    def __init__(self):
        self.texts = []

    def output(self, step, text):
        self.texts.append(text)


def test_a_step_gets_exactly_the_given_variables_folder_and_no_input(root):
    code = "import os, sys; print(sorted(os.environ), os.getcwd() == sys.argv[1], sys.stdin.read() == '')"
    record = run(
        root, "python", "-c", code, str(root.resolve()), variables={"LC_ALL": "C.UTF-8", "A": "x\ny=z"}
    )
    assert "['A', 'LC_ALL', 'PATH'] True True\n" == record.tail


def test_python_means_the_interpreter_of_the_environment(root):
    assert f"{sys.executable}\n" == python(root, "import sys; print(sys.executable)").tail


@linux
def test_a_step_gets_no_descriptor_of_repro(root):
    code = "import os; print(*(os.readlink(f'/proc/self/fd/{number}') for number in range(3, 100) if os.path.exists(f'/proc/self/fd/{number}')))"
    with lock_project(root / ".repro") as lock:
        executor = LocalExecutor(supervisors=Supervisors(pass_fds=(lock.fileno(),)))
        record = run(root, "python", "-c", code, executor=executor)
    assert "\n" == record.tail


@linux
def test_a_supervisor_has_no_variable_of_its_caller(root, monkeypatch):
    """A step that is not enclosed can read them of any process of the same user that it finds."""
    monkeypatch.setenv("TOKEN_OF_THE_CALLER", "secret")
    code = "import os; print(b'secret' in open(f'/proc/{os.getppid()}/environ', 'rb').read())"
    assert "False\n" == python(root, code).tail


@linux
def test_the_next_supervisor_is_started_while_a_step_runs(root):
    step = Step(name="step", run=("python", "-c", "import os; print(os.getppid())"))
    followed = replace(request(root), followed=True)
    with Supervisors(grace=0.3) as supervisors:
        executor = LocalExecutor(supervisors=supervisors)
        first = executor.run(step, followed, Silent())
        (ahead,) = children()
        second = executor.run(step, followed, Silent())
        assert [ahead] != children()
        assert f"{ahead}\n" == second.tail != first.tail
        (killed,) = children()
        os.kill(killed, signal.SIGKILL)
        os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)
        last = executor.run(step, request(root), Silent())
        assert f"{killed}\n" != last.tail
        supervisors.start_ahead()
    assert [] == children()


def children():
    """Return the processes of this one that repro supervises steps with."""
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in own if b"launch" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@linux
def test_a_step_ignores_no_signal_that_a_shell_would_not(root):
    # Python ignores SIGPIPE, and would pass that on.
    record = run(root, "grep", "-E", "SigIgn|SigBlk", "/proc/self/status")
    masks = [int(line.split()[1], 16) for line in record.tail.splitlines()]
    # Bits from 31 on are the C library's own signals, which it blocks while it starts a process.
    assert [0, 0] == [mask & 0x7FFF_FFFF for mask in masks]


def test_output_is_recorded_shown_and_logged_in_order(root):
    heard = Heard()
    record = run(root, "/bin/sh", "-c", "echo one; echo two >&2; printf three", progress=heard)
    assert "one\ntwo\nthree" == record.tail
    assert "one\ntwo\nthree" == "".join(heard.texts)
    assert b"one\ntwo\nthree" == record.log.read_bytes()
    assert record.trained
    assert 0 == record.exit_code


def test_a_line_that_stays_open_is_shown_before_the_step_ends(root):
    class Watching(Silent):
        def output(self, step, text):
            (root / "seen").write_text(text)

    run(
        root,
        "/bin/sh",
        "-c",
        "printf waiting; while [ ! -e seen ]; do sleep 0.02; done",
        progress=Watching(),
        timeout=5,
    )
    assert "waiting" == (root / "seen").read_text()


def test_memory_stays_bounded_by_a_line_of_200_megabytes(root):
    # The driver's own peak is measured, so the line is made in a process of its own.
    code = f"""
import resource, sys
from pathlib import Path
from repro_action.config.model import Step
from repro_action.progress import Silent
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.supervised import Supervisors
from repro_action.steps.record import StepRequest
def run(count):
    request = StepRequest(root=Path.cwd(), python=Path(sys.executable), variables={{"PATH": "/usr/bin:/bin"}}, log=Path("log"))
    step = Step(name="a", run=("/bin/sh", "-c", f"head -c {{count}} /dev/zero | tr '\\\\0' x"))
    record = LocalExecutor().run(step, request, Silent())
    assert len(record.tail) == min(count, {TAIL_LIMIT}), len(record.tail)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = run(1000)
print((run(200_000_000) - before) // (1 if sys.platform == "linux" else 1024))
"""
    grown = int(
        subprocess.run([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, check=True).stdout
    )
    assert grown < 8 << 10  # KiB
    assert (root / "log").stat().st_size < 80_000_000


def test_a_failing_step_is_quoted_without_its_control_characters(root):
    with pytest.raises(StepFailed) as caught:
        python(root, "import sys; print('\\033[2Jbad'); sys.exit(3)")
    assert "step step failed: exit status 3" in str(caught.value)
    assert "\\x1b[2Jbad" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert 3 == caught.value.record.exit_code
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("python", "-c", "import not_there"), "no module 'not_there'"),
        (("not-a-command",), "PATH"),
        (("./not-here",), "PATH"),
        (("./locked",), "chmod"),
        (("./headless",), "#!"),
        (("./lost",), "interpreter in its first line"),
        (("/bin/sh", "-c", "kill -9 $$"), "out of memory"),
        ((), "has no command"),
    ],
)
def test_a_well_known_failure_is_explained(root, command, says):
    for name, text, mode in (
        ("locked", "x", 0o644),
        ("headless", "", 0o755),
        ("lost", "#!/not/there\n", 0o755),
    ):
        (root / name).write_bytes(text.encode() or b"\0\1")
        (root / name).chmod(mode)
    with pytest.raises(StepError) as caught:
        run(root, *command)
    assert says in str(caught.value)


def test_the_log_folder_that_cannot_be_made_is_an_error(root):
    (root / ".repro").write_text("not a folder")
    with pytest.raises(StepError, match="cannot be run"):
        run(root, "/bin/sh", "-c", "true")


def test_arguments_too_long_for_the_kernel_are_explained(root):
    with pytest.raises(StepError, match="cannot be started") as caught:
        run(root, "/bin/sh", "-c", "true", "x" * (4 << 20))
    assert "too long" in str(caught.value)


def test_a_prefix_runs_the_command(root):
    wrapped = StepRequest(
        root=root,
        python=Path(sys.executable),
        variables={"PATH": os.defpath},
        log=root / ".repro/log",
        prefix=(shutil.which("env") or "env", "WRAPPED=1"),
    )
    step = Step(name="a", run=("python", "-c", "import os; print(os.environ['WRAPPED'])"))
    assert "1\n" == LocalExecutor().run(step, wrapped, Silent()).tail
