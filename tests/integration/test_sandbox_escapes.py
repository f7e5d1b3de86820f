# SPDX-License-Identifier: Apache-2.0
"""Ways for a step to get a result without training or to reach outside: each is refused, or visible.

docs/security.md lists them all by the names of the tables here and in `integration.escapes`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from integration.enclosed import MEANS, TRAIN, Project, in_reach_of_others, means
from integration.escapes import INSIDE
from integration.processes import running
from required import absent, require_enclosing

import repro_action
from repro_action.config.model import SandboxConfig, Step
from repro_action.errors import StepError
from repro_action.sandbox.layout import EnclosureLayout
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.select import select
from repro_action.steps.record import StepFailed

__all__ = ["means"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
TESTS = Path(__file__).parents[1]
NOBODY = 65534
USERS = sorted({os.getuid(), NOBODY if os.getuid() == 0 else os.getuid()})

OPEN = frozenset(
    {
        "read an undeclared file of the project",
        "read the outputs of an earlier run",
        "read a file outside of the project",
        "see another process",
        "signal another process",
        "System V shared memory",
        "System V semaphores",
        "POSIX shared memory",
        "a file in a temporary folder",
        "TCP to the machine",
        "an abstract socket",
        "a socket in a folder of inputs",
    }
)
"""Attacks that change nothing, so that they can be tried without a sandbox; there they succeed."""

OUTPUTS = {
    "a link to the outputs of an earlier run": (
        "os.symlink('../.repro/runs/0/before/out/a', 'out/a')",
        "is a symbolic link",
    ),
    "a link to a file of the project": ("os.symlink('../committed', 'out/a')", "is a symbolic link"),
    "a link to a file outside": ("os.symlink('/etc/hostname', 'out/a')", "is a symbolic link"),
    "a link to what the step itself wrote": (
        "open('x', 'w').close(); os.symlink('../x', 'out/a')",
        "is a symbolic link",
    ),
    "a link of the kernel": ("os.symlink('/proc/self/exe', 'out/a')", "is a symbolic link"),
    "a link above an output": (
        "os.rmdir('out'); os.mkdir('x'); open('x/a', 'w').close(); os.symlink('x', 'out')",
        "leads through out, which is a symbolic link",
    ),
    "a link inside an output folder": (
        "os.mkdir('out/a'); os.symlink('../../committed', 'out/a/x')",
        "is a symbolic link that leads out of it",
    ),
    "a second name of another file": (
        "open('x', 'w').close(); os.link('x', 'out/a')",
        "is a hard link",
    ),
    "a pipe": ("os.mkfifo('out/a')", "is neither a file nor a folder"),
    "a socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.bind('out/a')",
        "is neither a file nor a folder",
    ),
    "a setuid program": (
        "open('out/a', 'w').close(); os.chmod('out/a', 0o4755)",
        "is a setuid or setgid program",
    ),
    "a file larger than the disk": (
        "size = os.statvfs('.'); open('out/a', 'w').close(); os.truncate('out/a', size.f_blocks * size.f_frsize + 1)",
        "is larger than the disk",
    ),
    "an output left as it was": ("pass", "did not write out/a"),
}
"""Attack → what a step does instead of writing its output, and what the error says."""

AFTERWARDS = (
    "a process that goes on",
    "files in HOME and temporary folders for the next step",
    "a link where a later output belongs",
    "a link in the place of an input's folder",
    "a link or pipe among the reports of processes",
    "a pipe or a setuid program beside the outputs",
    "folders without end",
    "rights taken from what it leaves",
    "byte code, an environment or a repository in a folder of inputs",
    "what an earlier run left where inputs are not looked for",
    "a link from a folder of inputs to what git or repro keeps",
    "a link from a folder of inputs to processes or to what a user keeps private",
    "a repository of git beside the outputs",
    "a configuration, a baseline or a part of another step's output beside the outputs",
)
"""Attacks on what happens after a step; each is a test of its own below."""


@pytest.fixture
def project(tmp_path, means):
    project = Project(tmp_path / "project", means)
    project.write("committed", "SESAME")
    project.write("out/a", "SESAME")
    project.write(".repro/runs/0/before/out/a", "SESAME")
    return project


@pytest.fixture(scope="module", params=[(name, user) for name in MEANS for user in USERS], ids=str)
def answers(request):
    name, user = request.param
    require_enclosing(MEANS[name])
    python = _python(user)
    if user != os.getuid() and not in_reach_of_others(python):
        absent("sandbox", "the interpreter is out of reach for others")
    paths = [str(TESTS), str(Path(repro_action.__file__).parents[1])]
    paths += [path for path in sys.path if path.endswith("site-packages")]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        environ = {**os.environ, "HOME": folder, "REPRO_CACHE_DIR": f"{folder}/cache", "TOKEN": "SESAME"}
        done = subprocess.run(
            [python, str(TESTS / "integration" / "escapes.py"), folder, name, str(user), *paths],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _python(user: int) -> str:
    """Return an interpreter of this version that a user may run."""
    python = shutil.which("python3", path="/usr/bin") if user != os.getuid() else None
    if python is None:
        return sys.executable
    version = subprocess.check_output([python, "-c", "import sys; print(sys.version_info[:2])"], text=True)
    return python if version.strip() == str(sys.version_info[:2]) else sys.executable


@pytest.mark.parametrize("attack", INSIDE)
def test_a_step_is_refused(answers, attack):
    assert answers[attack].startswith("refused: ")


def test_the_canary_finds_nothing_open(answers):
    assert answers["(enforced)"].endswith(": no network, only declared files")


def test_the_same_attacks_succeed_without_a_sandbox(tmp_path):
    from integration import escapes

    open_too = {name: text for name, text in INSIDE.items() if name in OPEN}
    program = (
        "import json, sys\nfrom pathlib import Path\nfrom integration import escapes\n"
        "from repro_action.config.model import SandboxConfig\n"
        "from integration.enclosed import Project\n"
        "whole = Project.run\n"
        "Project.run = lambda self, *steps, **more: whole(self, *steps, **{**more, 'sandbox':"
        " SandboxConfig(network=True, files='any')})\n"
        "escapes.INSIDE = json.loads(sys.argv[2])\n"
        "print(json.dumps(escapes.attempt(Path(sys.argv[1]), 'namespaces')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), json.dumps(open_too)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert OPEN <= set(escapes.INSIDE)
    assert dict.fromkeys(OPEN, "ESCAPED") == {name: found[name] for name in OPEN}


@pytest.mark.parametrize(("code", "says"), OUTPUTS.values(), ids=OUTPUTS.keys())
def test_an_output_that_no_training_wrote_is_refused(project, code, says):
    with pytest.raises(StepError, match=says) as caught:
        project.script(f"import os\nos.makedirs('out', exist_ok=True)\n{code}\n", outputs=("out/a",))
    assert "out/a" in caught.value.what
    assert "SESAME" not in str(caught.value)


def test_a_process_that_goes_on(project):
    text = TRAIN + (
        "import os, time\nPath('out/a').write_text('x')\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True:\n            time.sleep(0.01)\n            Path('out/a').write_text('late')\n    os._exit(0)\n"
    )
    record = project.script(text, outputs=("out/a",), name="lingering")
    assert 1 == len(record.stragglers)
    assert not running("lingering.py")


def test_an_enclosure_leaves_no_dead_process_to_the_machine(tmp_path):
    require_enclosing(Namespaces())
    base = tmp_path / "stage" / "root"
    base.mkdir(parents=True)
    command = Namespaces().command(EnclosureLayout(base=base, folder=tmp_path, machine=True))
    program = (
        "import ctypes, os, subprocess, sys\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"
        "status = subprocess.run([*sys.argv[1:], 'true']).returncode\n"
        "try:\n    print(status, os.waitpid(-1, os.WNOHANG))\nexcept ChildProcessError:\n    print(status, 'none')\n"
    )
    said = subprocess.check_output([sys.executable, "-c", program, *command], text=True, timeout=60)
    assert said == "0 none\n"


def test_files_in_home_and_temporary_folders_for_the_next_step(project):
    text = (
        "import os, pathlib\nplaces = [pathlib.Path.home(), *map(pathlib.Path, ('/tmp', '/var/tmp', '/dev/shm'))]\n"
        "print(any((p / 'kept').exists() for p in places))\nfor p in places: (p / 'kept').write_text('x')\n"
    )
    project.write("one.py", text)
    steps = [Step(name=name, run=("python", "one.py"), inputs=("one.py",)) for name in ("one", "two")]
    assert ["False\n", "False\n"] == [record.tail for record in project.run(*steps)]


def test_a_link_where_a_later_output_belongs(project):
    project.write("one.py", "import os\nos.symlink('.repro/runs/0/before/out', 'late')\n")
    project.write("two.py", "")
    one = Step(name="one", run=("python", "one.py"), inputs=("one.py",))
    two = Step(name="two", run=("python", "two.py"), inputs=("two.py",), outputs=("late/a",))
    with pytest.raises(StepError, match="late/a of step two"):
        project.run(one, two)
    assert (project.root / ".repro/runs/0/before/out/a").exists()


@pytest.mark.parametrize("number", [1, 300])
def test_a_link_in_the_place_of_an_inputs_folder(project, number):
    for index in range(number):
        project.write(f"parts/{index}.txt", "mine")
    text = f"import os\nos.rename('parts', 'moved')\nos.symlink({str(project.root / 'parts')!r}, 'parts')\n"
    project.script(text, inputs=("parts/*.txt",))
    assert number == len(list((project.root / "parts").glob("*.txt")))
    assert "mine" == (project.root / "parts/0.txt").read_text()


def test_a_link_or_pipe_among_the_reports_of_processes(project):
    text = (
        "import os\nfolder = os.environ['REPRO_HOOK_DIR']\n"
        f"os.symlink({str(project.root / 'committed')!r}, folder + '/7-7.json')\n"
        "os.mkfifo(folder + '/8-8.json')\nos.mkdir(folder + '/9-9.json')\n"
    )
    folder = project.folder / "hook" / "train"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "ours.pipe")
    project.script(text, hook=True)
    assert (folder / "ours.pipe").is_fifo()
    kept = [path for path in folder.iterdir() if path.name != "ours.pipe"]
    assert kept
    assert all(path.is_file() and not path.is_symlink() for path in kept)


def test_a_pipe_or_a_setuid_program_beside_the_outputs(project):
    text = (
        "import os\nos.mkfifo('pipe')\nos.makedirs('deep/er')\nos.mkfifo('deep/er/pipe')\n"
        "for name in ('program', 'deep/program'):\n    open(name, 'w').close()\n    os.chmod(name, 0o6755)\n"
    )
    project.script(text)
    assert not (project.root / "pipe").exists()
    assert not (project.root / "deep/er/pipe").exists()
    assert {0o755} == {(project.root / name).stat().st_mode & 0o7777 for name in ("program", "deep/program")}


def test_folders_without_end(project):
    text = (
        "import os, pathlib\nfor place in (pathlib.Path.home(), '/tmp'):\n    os.chdir(place)\n"
        "    for _ in range(2500):\n        os.mkdir('deeper')\n        os.chdir('deeper')\n"
    )
    project.script(text)
    assert not (project.folder / "stage").exists()


def test_rights_taken_from_what_it_leaves(project):
    text = (
        "import os, pathlib\nfor place in (pathlib.Path.home(), '/tmp'):\n    os.chdir(place)\n"
        "    os.makedirs('a/b/c')\n    os.chmod('a/b', 0)\n    os.chmod('a', 0)\n"
    )
    project.script(text)
    assert not (project.folder / "stage").exists()


LISTED = """
import os
for folder, _, files in os.walk(".", followlinks=True):
    print(*(os.path.relpath(os.path.join(folder, name), ".") for name in files), sep="\\n")
"""
NO_INPUTS = (
    *("src/__pycache__/a.cpython-311.pyc", "src/deep/__pycache__/a.pyc", "src/.git/objects/a"),
    *("src/deep/.git/HEAD", "src/.repro/products/a", "src/ve/pyvenv.cfg", "src/ve/weights"),
)


def test_byte_code_an_environment_or_a_repository_in_a_folder_of_inputs(project):
    for name in (*NO_INPUTS, "src/a.py", "src/deep/b.py", "src/pyvenv/cfg"):
        project.write(name, "SESAME")
    seen = project.script(LISTED, inputs=("src",)).tail.split()
    assert {"train.py", "src/a.py", "src/deep/b.py", "src/pyvenv/cfg"} == {*seen}
    assert all((project.root / name).exists() for name in NO_INPUTS)


def test_what_an_earlier_step_made_and_what_is_pinned_is_seen_whole(project):
    made = "import os\nos.makedirs('lib/__pycache__')\nopen('lib/__pycache__/x', 'w').close()\n"
    project.write("one.py", made)
    project.write("two.py", LISTED)
    project.write("data/raw/__pycache__/y")
    one = Step(name="one", run=("python", "one.py"), inputs=("one.py",), outputs=("lib",))
    two = Step(name="two", run=("python", "two.py"), inputs=("two.py", "lib", "data"))
    _, record = project.run(one, two, data=("data/raw",))
    assert {"two.py", "lib/__pycache__/x", "data/raw/__pycache__/y"} == {*record.tail.split()}


def test_what_an_earlier_run_left_where_inputs_are_not_looked_for(project):
    left = "import os\nos.makedirs('src/ve/__pycache__')\nfor name in ('pyvenv.cfg', 'weights', '__pycache__/w'):\n"
    left += "    open('src/ve/' + name, 'w').write('SESAME')\n"
    project.write("one.py", left)
    project.write("src/a.py")
    project.run(Step(name="one", run=("python", "one.py"), inputs=("one.py",)))
    assert (project.root / "src/ve/weights").exists()
    assert {"train.py", "src/a.py"} == {*project.script(LISTED, inputs=("src",)).tail.split()}


@pytest.mark.parametrize("inputs", ["src", "old", "up"])
def test_a_link_from_a_folder_of_inputs_to_what_git_or_repro_keeps(project, inputs):
    project.write(".git/objects/a", "SESAME")
    project.write("src/a.py")
    (project.root.parent / ".git").mkdir()
    (project.root.parent / ".git" / "b").write_text("SESAME")
    for name, target in {
        "src/old": "../.repro/runs",
        "src/git": "../.git",
        "old": ".repro",
        "up": "..",
    }.items():
        (project.root / name).symlink_to(target)
    text = LISTED.replace(", followlinks=True", "") + (
        "for name in ('src/old', 'src/git', 'old', 'up/.git'):\n"
        "    print(*(os.listdir(name) if os.path.exists(name) else ()))\n"
    )
    seen = project.script(text, inputs=(inputs,)).tail.split()
    assert {*seen} <= {"train.py", "src/a.py", "src/old", "src/git", "old"}


@pytest.mark.parametrize("inputs", ["src", "link"])
@pytest.mark.parametrize("target", [".docker/config", ".ssh", ".", "..", "/proc/self/environ", "/proc/PID"])
def test_a_link_from_a_folder_of_inputs_to_processes_or_to_what_a_user_keeps_private(
    project, target, inputs, tmp_path, monkeypatch
):
    home = tmp_path / "home" / "me"
    for name in (".docker/config", ".ssh/id", ".cache/data", "data/x"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("SESAME")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TOKEN", "SESAME")
    project.write("src/a.py")
    target = target.replace("PID", str(os.getpid()))
    for name in ("src/link", "link"):
        (project.root / name).symlink_to(target if target.startswith("/") else home / target)
    for name in (".cache", "data"):
        (project.root / "src" / name).symlink_to(home / name)
    text = (
        "import glob, os\nfound = []\nfor name in glob.glob('**', recursive=True, include_hidden=True):\n"
        "    if os.path.isfile(name) and name != 'train.py' and b'SESAME' in open(name, 'rb').read(1 << 20):\n"
        "        found.append(name)\nprint(*sorted(found))\n"
    )
    environ = {**os.environ, "HOME": str(project.root.parent / "empty")}
    found = project.script(text, inputs=(inputs,), environ=environ).tail.split()
    assert {"src/.cache/data", "src/data/x"} & {*found} == (
        {"src/.cache/data", "src/data/x"} if inputs == "src" else set()
    )
    assert all(name.endswith((".cache/data", "data/x")) for name in found)


@pytest.mark.parametrize(
    "name",
    [
        "sub/.git/hooks/post-commit",
        "sub/.git",
        "deep/er/.GIT/config",
        "HEAD",
        "bare/HEAD",
        "there/.git/config",
    ],
)
def test_a_repository_of_git_beside_the_outputs(project, name):
    project.write("there/a")
    text = f"import os\nfor name in ({name!r}, 'bare/objects/x', 'bare/refs/x', 'plain/x'):\n"
    text += "    os.makedirs(os.path.dirname(name) or '.', exist_ok=True)\n    open(name, 'w').close()\n"
    project.script(text)
    assert not os.path.lexists(project.root / name)
    assert (project.folder / "undeclared" / "train" / name).exists()
    assert (project.root / "plain/x").exists()


@pytest.mark.parametrize("name", ["repro.toml", "pyproject.toml", "repro.baseline.json", "lib/more", "late"])
def test_a_configuration_a_baseline_or_a_part_of_another_steps_output_beside_the_outputs(project, name):
    project.write("one.py", "import os\nos.mkdir('lib')\nopen('lib/x', 'w').close()\n")
    text = f"import os\nos.makedirs('lib', exist_ok=True)\nfor name in ({name!r}, 'plain'):\n"
    project.write("two.py", text + "    open(name, 'w').close()\n")
    project.write("three.py", "open('late', 'w').write('mine')\n")
    outputs = {"one": ("lib",), "two": (), "three": ("late",)}
    steps = [
        Step(name=step, run=("python", f"{step}.py"), inputs=(f"{step}.py",), outputs=made)
        for step, made in outputs.items()
    ]
    project.run(*steps)
    assert (project.folder / "undeclared" / "two" / name).exists()
    assert (project.root / "plain").exists()
    assert ["x"] == [path.name for path in (project.root / "lib").iterdir()]
    assert "mine" == (project.root / "late").read_text()


@pytest.mark.parametrize(
    "shared", [Namespaces(processes=False), Bubblewrap(processes=False)], ids=lambda m: m.name
)
def test_what_is_not_enforced_is_reported(tmp_path, shared):
    require_enclosing(shared)
    project = Project(tmp_path / "project", shared)
    project.script("print('ran')")
    assert "other processes are visible" == project.enforced.reason
    config = project.config(sandbox=SandboxConfig(required=True))
    from repro_action.environments.current import Current
    from repro_action.errors import EnvironmentUnavailable
    from repro_action.progress import Silent

    environment = Current(environ=dict(os.environ)).prepare(config, Silent())
    with pytest.raises(EnvironmentUnavailable, match="cannot enforce") as caught:
        select(config, environment, mechanisms=(shared,))
    assert "other processes are visible" in caught.value.why


def test_nothing_but_plain_files_is_written_by_who_is_not_enclosed_either(tmp_path):
    project = Project(tmp_path / "project", Namespaces())
    project.write("committed", "SESAME")
    with pytest.raises((StepError, StepFailed), match="is a symbolic link"):
        project.script(
            TRAIN + "import os\nos.symlink('../committed', 'out/a')\n",
            outputs=("out/a",),
            sandbox=SandboxConfig(network=True, files="any"),
        )


def test_the_page_lists_every_attack_and_no_other():
    page = (TESTS.parent / "docs" / "security.md").read_text()
    listed = page.partition("<!-- attacks: begin -->")[2].partition("<!-- attacks: end -->")[0]
    names = [line.removeprefix("- ") for line in listed.splitlines() if line.startswith("- ")]
    assert [*INSIDE, *OUTPUTS, *AFTERWARDS] == names
