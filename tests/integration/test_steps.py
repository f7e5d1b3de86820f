# SPDX-License-Identifier: Apache-2.0
"""Steps as real processes: what they get, what is kept of them, and that none is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from work import eventually

from repro_action.config.model import Step
from repro_action.errors import Busy, StepError
from repro_action.progress import Silent
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.lock import lock_project
from repro_action.steps.record import TAIL_LIMIT, StepFailed, StepRequest

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

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
    executor = LocalExecutor(pass_fds=(lock.fileno(),), grace=0.3)
    os.write(1, b"begin\\n")
    try:
        executor.run(step, request, Shown())
    except KeyboardInterrupt:
        sys.exit(40)
    except Interrupted:
        sys.exit(41)
"""


class Heard(Silent):
    def __init__(self):
        self.texts = []

    def output(self, step, text):
        self.texts.append(text)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "hydra.py").write_text(HYDRA)
    return tmp_path


@pytest.fixture
def marker():
    return f"hydra-{uuid.uuid4()}"


def request(root, **variables):
    return StepRequest(
        root=root,
        python=Path(sys.executable),
        variables={"PATH": os.defpath, **variables},
        log=root / ".repro/runs/1/step.log",
    )


def run(root, *command, progress=None, executor=None, variables=None, **declared):
    step = Step(name="step", run=command, **declared)
    return (executor or LocalExecutor(grace=0.3)).run(
        step, request(root, **variables or {}), progress or Silent()
    )


def python(root, code, **declared):
    return run(root, "python", "-c", code, **declared)


def survivors(marker):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if (
                marker.encode() in path.read_bytes()
                and "\nState:\tZ" not in (path.parent / "status").read_text()
            ):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def start_driver(root, marker, *words):
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words],
        cwd=root,
        env={**os.environ, "MARKER": marker},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


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
        executor = LocalExecutor(pass_fds=(lock.fileno(),))
        record = run(root, "python", "-c", code, executor=executor)
    assert "\n" == record.tail


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


def test_outputs_of_an_earlier_run_are_gone_when_a_step_starts(root):
    (root / "out").mkdir()
    (root / "out/old").touch()
    run(root, "/bin/sh", "-c", "test ! -e out && mkdir out && touch out/new", outputs=("out",))
    assert ["new"] == [path.name for path in (root / "out").iterdir()]


def test_an_output_that_was_only_there_before_is_missing(root):
    (root / "model").write_text("old")
    with pytest.raises(StepError, match="did not write model"):
        run(root, "/bin/sh", "-c", "true", outputs=("model",))


def test_an_output_that_leads_elsewhere_is_refused(root):
    with pytest.raises(StepError, match="output model of step step is a symbolic link"):
        run(root, "/bin/sh", "-c", "ln -s /etc/hosts model", outputs=("model",))


def test_what_a_step_writes_undeclared_is_neither_checked_nor_removed(root):
    for _ in range(2):
        run(root, "/bin/sh", "-c", "echo x >> notes; mkfifo pipe 2>/dev/null; true")
    assert "x\nx\n" == (root / "notes").read_text()


@linux
def test_processes_left_running_are_stopped_and_named(root, marker):
    record = run(root, "python", "hydra.py", marker, "leaver")
    assert [] == survivors(marker)
    assert 3 == len(record.stragglers)
    assert all(f"hydra.py {marker}" in line for line in record.stragglers)


@linux
def test_a_straggler_that_ignores_sigterm_is_killed(root, marker):
    record = run(root, "python", "hydra.py", marker, "leaver", "stubborn")
    assert [] == survivors(marker)
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
    assert [] == survivors(marker)
    assert "ready\n" == caught.value.record.tail


@linux
def test_nothing_survives_a_step_that_kills_its_supervisor(root, marker):
    with pytest.raises(StepError, match="supervises the step was killed"):
        run(root, "python", "hydra.py", marker, "assassin")
    assert [] == survivors(marker)


@linux
def test_a_supervisor_that_is_frozen_does_not_keep_repro(root, marker):
    freeze = "import os, signal, sys, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)"
    executor = LocalExecutor(grace=0.1, give_up=0.1)
    with pytest.raises(StepError, match="supervises the step was killed"):
        run(root, "python", "-c", freeze, marker, timeout=1, executor=executor)
    assert [] == survivors(marker)


@linux
def test_a_supervisor_that_is_frozen_is_noticed_without_any_limit_of_time(root, marker):
    freeze = "import os, signal, sys, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)"
    with pytest.raises(StepError, match="supervises the step was stopped"):
        run(root, "python", "-c", freeze, marker)
    assert [] == survivors(marker)


@linux
@pytest.mark.parametrize("words", [(), ("stubborn",)])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 40), (signal.SIGTERM, 41), (signal.SIGHUP, 41)]
)
def test_nothing_survives_a_run_that_is_stopped(root, marker, number, status, words):
    with start_driver(root, marker, *words) as driver:
        assert [b"begin\n", b"ready\n"] == [driver.stdout.readline(), driver.stdout.readline()]
        assert 4 == len(survivors(marker))
        driver.send_signal(number)
        assert status == driver.wait(10)
        assert [] == survivors(marker)


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
            assert [] == survivors(marker)


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
            assert [] == survivors(marker)


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
        assert eventually(lambda: not survivors(marker)), survivors(marker)


@linux
def test_a_second_run_finds_the_first_busy(root, marker):
    with start_driver(root, marker) as driver:
        driver.stdout.readline()
        with pytest.raises(Busy, match=str(driver.pid)), lock_project(root / ".repro"):
            pass
        driver.kill()


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


PRINTS = "import sys; print('loss 0.5'); sys.stderr.write('warned'); print('done')"


def test_what_a_step_prints_becomes_its_output_without_standard_error(root):
    record = python(root, PRINTS, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert "loss 0.5\ndone\n" == (root / "out/printed.txt").read_text()
    log = record.log.read_text()
    assert "warned" in log
    assert "loss 0.5" in log
    assert [record.log] == list(record.log.parent.iterdir())


@pytest.mark.parametrize("what", ["symlink_to", "hardlink_to"])
def test_no_link_in_the_place_of_what_a_step_prints_is_followed(root, what):
    (root / "victim").write_text("mine")
    link = f"from pathlib import Path; Path('out/printed.txt').{what}(Path('victim').resolve()); print(1)"
    python(root, link, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert ("1\n", "mine") == ((root / "out/printed.txt").read_text(), (root / "victim").read_text())


def test_a_folder_above_what_a_step_prints_that_leads_elsewhere_is_refused(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    code = f"import os; os.rmdir('out'); os.symlink({str(elsewhere)!r}, 'out'); print(1)"
    with pytest.raises(StepError, match="symbolic link"):
        python(root, code, outputs=("out/printed.txt",), stdout="out/printed.txt")
    assert not list(elsewhere.iterdir())
