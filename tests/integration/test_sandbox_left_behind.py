# SPDX-License-Identifier: Apache-2.0
"""What a step leaves behind, beside its outputs, gets neither to the next step nor out of the sandbox."""

from __future__ import annotations

import os
import sys

import pytest
from integration.attacked import project
from integration.enclosed import TRAIN, means
from integration.processes import running

from repro_action.config.model import Step
from repro_action.errors import StepError

__all__ = ["means", "project"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


def test_a_process_that_goes_on(project):
    text = TRAIN + (
        "import os, time\nPath('out/a').write_text('x')\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True:\n            time.sleep(0.01)\n            Path('out/a').write_text('late')\n    os._exit(0)\n"
    )
    record = project.script(text, outputs=("out/a",), name="lingering")
    assert 1 == len(record.stragglers)
    assert not running("lingering.py")


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
