# SPDX-License-Identifier: Apache-2.0
"""Ways for a step to reach outside from where it runs: each is refused, or visible.

docs/security.md lists all attacks by the names of the tables in `integration.escapes` and `integration.attacked`.
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
from integration.attacked import AFTERWARDS, OUTPUTS
from integration.enclosed import MEANS, Project, in_reach_of_others
from integration.escapes import INSIDE
from required import absent, require_enclosing

import repro_action
from repro_action.config.model import SandboxConfig
from repro_action.sandbox.layout import EnclosureLayout
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.select import select

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


def test_the_page_lists_every_attack_and_no_other():
    page = (TESTS.parent / "docs" / "security.md").read_text()
    listed = page.partition("<!-- attacks: begin -->")[2].partition("<!-- attacks: end -->")[0]
    names = [line.removeprefix("- ") for line in listed.splitlines() if line.startswith("- ")]
    assert [*INSIDE, *OUTPUTS, *AFTERWARDS] == names
