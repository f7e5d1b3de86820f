# SPDX-License-Identifier: Apache-2.0
"""In folders of inputs a step sees what its material covers, and nothing that earlier runs or users keep."""

from __future__ import annotations

import os
import sys

import pytest
from integration.attacked import project
from integration.enclosed import means

from repro_action.config.model import Step

__all__ = ["means", "project"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

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
