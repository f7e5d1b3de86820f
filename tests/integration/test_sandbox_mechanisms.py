# SPDX-License-Identifier: Apache-2.0
"""Steps inside real enclosures: how they end, where they can run, and what is believed of a means."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from integration.enclosed import TRAIN, Project, failure, in_reach_of_others, means
from required import absent, require_enclosing
from work import HANG, eventually

import repro_action
from repro_action.config.model import SandboxConfig, Step
from repro_action.environments.current import Current
from repro_action.errors import EnvironmentUnavailable, StepError
from repro_action.progress import Silent
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.select import select
from repro_action.steps.record import StepFailed, StepRecord

__all__ = ["means"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture
def project(tmp_path, means):
    return Project(tmp_path / "project", means)


def test_exit_statuses_and_signals_are_reported_as_without(project):
    assert failure(project, "raise SystemExit(7)\n").record.exit_code == 7
    killed = failure(project, "import os\nos.kill(os.getpid(), 9)\n")
    assert -9 == killed.record.exit_code
    assert "killed by signal 9" in killed.what
    assert "ran out of memory" in killed.why


def test_a_command_that_is_missing_is_reported_as_without(project):
    with pytest.raises(StepError, match="no-such-program cannot be started"):
        project.run(Step(name="train", run=("no-such-program",)))


def test_a_program_of_the_project_must_be_declared(project):
    project.write("run.sh", "#!/bin/sh\necho here\n").chmod(0o755)
    (record,) = project.run(Step(name="train", run=("./run.sh",), inputs=("run.sh",)))
    assert record.tail == "here\n"
    with pytest.raises(StepFailed):
        project.run(Step(name="train", run=("./run.sh",)))


def test_processes_left_running_are_found_and_stopped(project):
    text = "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)\n"
    record = project.script(text)
    assert 1 == len(record.stragglers)
    assert "sleep 60" in record.stragglers[0]


def test_a_step_that_takes_too_long_may_tidy_up_before_it_ends(project):
    text = TRAIN + (
        "import signal, sys, time\n"
        "def stop(*_):\n    Path('out/tidy').write_text('x')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\ntime.sleep(60)\n"
    )
    project.write("train.py", text)
    step = Step(
        name="train", run=("python", "train.py"), inputs=("train.py",), outputs=("out/tidy",), timeout=1
    )
    with pytest.raises(StepFailed, match="timed out"):
        project.run(step)
    assert (project.root / "out" / "tidy").exists()


def test_the_project_keeps_its_path_whatever_characters_it_has(tmp_path, means):
    project = Project(tmp_path / "mödel ✓ with space" / "p", means)
    record = project.script("import os; print(os.getcwd())", outputs=())
    assert record.tail == f"{project.root}\n"


def test_a_project_behind_a_link_is_where_it_really_is(tmp_path, means):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    project = Project(tmp_path / "link" / "p", means)
    text = f"import os; print(os.getcwd(), os.path.samefile({str(project.root)!r}, '.'))"
    assert project.script(text).tail == f"{tmp_path / 'real' / 'p'} True\n"


def test_an_environment_inside_the_project_works(tmp_path, means):
    project = Project(tmp_path / "project", means)
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", project.root / ".venv"], check=True, timeout=60
    )
    (
        project.root / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "held.py"
    ).touch()
    environ = {**os.environ, "VIRTUAL_ENV": str(project.root / ".venv")}
    record = project.script("import held, sys; print(sys.prefix)", environ=environ)
    assert record.tail == f"{project.root / '.venv'}\n"


def test_the_hook_reports_and_its_folder_is_no_stray(project):
    project.script("import json\n", hook=True)
    (report,) = (project.folder / "hook" / "train").iterdir()
    assert "train.py" in json.loads(report.read_text())["project"]
    assert project.enforced.seen["train"].written == ()


def test_a_program_before_the_command_stays_inside(project):
    inner = (
        sys.executable,
        "-c",
        "import os, sys; os.environ['INNER'] = '1'; os.execvp(sys.argv[1], sys.argv[1:])",
    )
    record = project.script(
        "import os; print(os.environ['INNER'], os.path.exists('repro.toml'))", prefix=inner
    )
    assert record.tail == "1 False\n"


def test_numbers_of_users_are_those_of_outside_and_those_of_processes_are_not(project):
    record = project.script("import os; print(os.getuid(), os.getgid(), os.getpid(), os.getppid())")
    user, group, process, parent = map(int, record.tail.split())
    assert (os.getuid(), os.getgid()) == (user, group)
    assert (2, 1) == (process, parent)


def test_a_step_ignores_no_signal_that_a_shell_would_not(project):
    record = project.script("print(*[l for l in open('/proc/self/status') if 'SigIgn' in l])")
    assert ignored(record) == {signal.SIGPIPE, signal.SIGXFSZ}  # Python's own
    assert (
        ignored(project.run(Step(name="plain", run=("/bin/grep", "SigIgn", "/proc/self/status")))[0]) == set()
    )


def ignored(record: StepRecord) -> set[int]:
    """Read the ignored signals, without 32 and 33: libc keeps them, so nobody but a caller's caller can set them."""
    bits = int(record.tail.split()[-1], 16)
    return {number for number in range(1, 65) if bits >> (number - 1) & 1} - {32, 33}


def test_shared_memory_and_worker_processes_work(project):
    text = (
        "import concurrent.futures as f, multiprocessing as m\n"
        "if __name__ == '__main__':\n    m.Value('i', 1)\n"
        "    with f.ProcessPoolExecutor(2, mp_context=m.get_context('spawn')) as pool:\n"
        "        print(sum(pool.map(abs, [-1, -2])))\n"
    )
    assert project.script(text).tail == "3\n"


def test_what_no_machine_can_hold_is_reported_and_not_fatal(tmp_path):
    project = Project(tmp_path / "project", Bubblewrap(path="/nowhere"))
    config = project.config(Step(name="train", run=("python", "-V")))
    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    enforced = select(config, environment, mechanisms=(Bubblewrap(path="/nowhere"),)).enforced
    assert ("none", False, False) == (enforced.how, enforced.network, enforced.files)
    assert "bubblewrap is not installed" in enforced.text


def test_what_is_required_and_cannot_be_enforced_is_an_error(tmp_path):
    project = Project(tmp_path / "project", None)
    config = project.config(sandbox=SandboxConfig(required=True))
    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    with pytest.raises(EnvironmentUnavailable) as caught:
        select(config, environment, mechanisms=(Bubblewrap(path="/nowhere"),))
    assert "bubblewrap is not installed" in caught.value.why


def test_a_means_that_leaks_is_found_out(tmp_path):
    """A wrapper that claims to enclose and does nothing must not be believed."""

    class Liar:
        name = "liar"

        def missing(self):
            return ""

        def command(self, layout):
            return ("/usr/bin/env",)

    project = Project(tmp_path / "project", None)
    config = project.config()
    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    enforced = select(config, environment, mechanisms=(Liar(),)).enforced
    assert not enforced.numbered
    assert (False, False) == (enforced.network, enforced.files)
    assert "could be read" in enforced.reason
    assert "network was reachable" in enforced.reason


def test_the_first_means_that_holds_is_taken(tmp_path):
    project = Project(tmp_path / "project", None)
    config = project.config()
    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    require_enclosing(Namespaces())
    chosen = select(config, environment, mechanisms=(Bubblewrap(path="/nowhere"), Namespaces()))
    assert ("namespaces", "") == (chosen.enforced.how, chosen.enforced.reason)


def test_nothing_asked_is_nothing_done(tmp_path):
    project = Project(tmp_path / "project", None)
    config = project.config(sandbox=SandboxConfig(network=True, files="any", required=True))
    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    assert select(config, environment, mechanisms=()).enforced.reason == "as configured"


AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
os.setgroups([]); os.setgid(65534); os.setuid(65534)
from integration.enclosed import MEANS, Project
project = Project(Path(sys.argv[1]) / "project", MEANS[sys.argv[2]])
project.write("a.csv", "1")
project.write("b.csv", "2")
record = project.script("import os; print(open('a.csv').read(), os.path.exists('b.csv'), os.getuid())", inputs=("a.csv",))
print(record.tail, project.enforced.text)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_it_works_for_a_user_who_is_not_root(means):
    # Somewhere that everybody may enter, with an interpreter that everybody may run.
    python = shutil.which("python3", path="/usr/bin")
    if python is None or sys.version_info[:2] != _version(python):
        python = sys.executable
    if not in_reach_of_others(python):
        absent("sandbox", "the interpreter is out of reach for others")
    paths = [str(Path(__file__).parents[1]), str(Path(repro_action.__file__).parents[1])]
    paths += [path for path in sys.path if path.endswith("site-packages")]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        environ = {**os.environ, "HOME": folder, "REPRO_CACHE_DIR": f"{folder}/cache"}
        done = subprocess.run(
            [python, "-c", AS_NOBODY, folder, means.name, *paths],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "1 False 65534" in done.stdout, done.stderr
    assert "no network, only declared files" in done.stdout


def _version(python: str) -> tuple[int, int]:
    said = subprocess.check_output([python, "-c", "import sys; print(*sys.version_info[:2])"], text=True)
    major, minor = said.split()
    return int(major), int(minor)


def test_a_killed_repro_leaves_no_process_and_no_mount_and_loses_no_output(tmp_path):
    root = tmp_path / "project"
    (root / "out").mkdir(parents=True)
    (root / "out" / "a").write_text("before")
    (root / "train.py").write_text(
        TRAIN + "import time\nPath('out/a').write_text('half')\nprint('ready', flush=True)\ntime.sleep(600)\n"
    )
    (root / "repro.toml").write_text(
        'version = 1\nname = "x"\n[[steps]]\nname = "train"\nrun = ["python", "train.py"]\n'
        'inputs = ["train.py"]\noutputs = ["out/a"]\n'
    )
    mounts = Path("/proc/self/mountinfo").read_text()
    running = subprocess.Popen(
        [sys.executable, "-m", "repro_action", "-C", str(root), "verify"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "ready" in line:
            break
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=HANG)
    assert eventually(lambda: not _processes(root)), _processes(root)
    assert mounts == Path("/proc/self/mountinfo").read_text()
    (kept,) = (root / ".repro" / "runs").glob("*/before/out/a")
    assert kept.read_text() == "before"
    (half,) = (root / ".repro" / "runs").glob("*/stage/train/project/out/a")
    assert half.read_text() == "half"


def _processes(root: Path) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and str(root) in str((folder / "cwd").readlink()):
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found
