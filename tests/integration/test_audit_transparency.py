# SPDX-License-Identifier: Apache-2.0
"""The audit breaks no program: neither its own hooks and names nor another version of Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from integration.audited_program import observed, project, run

__all__ = ["project"]


def _interpreter(name: str) -> str:
    """Return an interpreter that starts: on the PATH, where a name may be a stub, or among pyenv's."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = name.removeprefix("python")
    places = [shutil.which(name), *(str(path / "bin" / name) for path in root.glob(f"versions/{version}.*"))]
    return next((place for place in places if place and _starts(place)), "")


def _starts(place: str) -> bool:
    try:
        return not subprocess.run([place, "-c", ""], capture_output=True, check=False).returncode
    except OSError:
        return False


OTHERS = {name: place for name in ("python3.8", "python3.12", "python3.13") if (place := _interpreter(name))}


@pytest.mark.parametrize("entropy", ["record", "seed"])
def test_a_program_with_hooks_patches_and_names_of_its_own_is_not_broken(project, entropy):
    code = """
import os, pickle, sys, time
sys.addaudithook(lambda event, args: None)
genuine = os.urandom
os.urandom = lambda size: b"mine" if size == 4 else genuine(size)
class Timer:
    clock = time.time
    draw = genuine
assert Timer().clock() > 0 and len(Timer().draw(3)) == 3
assert pickle.loads(pickle.dumps(time.time)) is time.time and pickle.loads(pickle.dumps(genuine))
import random
assert os.urandom(4) == b"mine" and len(os.urandom(5)) == 5
for wrong in (-1, "x"):
    try:
        genuine(wrong)
    except (ValueError, TypeError) as error:
        print(type(error).__name__)
state = random.getstate(); random.setstate(state)
class Own(random.Random):
    def seed(self, *args): super().seed(*args)
Own(3); Own()
print("on")
"""
    done, report = run(project, code.replace("pickle.loads(pickle.dumps(genuine))", "True"), entropy=entropy)
    assert ("ValueError\nTypeError\non\n", "") == (done.stdout, done.stderr)
    assert () == report.errors


def test_a_file_named_like_a_module_of_python_is_left_alone(project):
    (project / "random.py").write_text("CALLS = []\ndef seed(value):\n    CALLS.append(value)\n")
    done, report = run(project, "import random; print(random.CALLS)")
    assert ("[]\n", "") == (done.stdout, done.stderr)
    assert () == report.errors


def test_a_hook_of_the_program_that_refuses_everything_is_its_own_matter(project):
    code = (
        "import os, sys\ndef refuse(event, args):\n"
        "    if event in ('sys._getframe', 'os.listdir'):\n        raise OSError('no')\n"
        "sys.addaudithook(refuse)\nopen('data/a.csv').close(); os.urandom(2)\n"
        "try:\n    os.listdir('.')\nexcept OSError as error:\n    print(error)\n"
    )
    done, _ = run(project, code)
    assert ("no\n", "") == (done.stdout, done.stderr)


def test_the_audit_can_be_switched_off_to_measure_it(project):
    _, report = run(project, "import os\nos.urandom(1)\n", REPRO_AUDIT="off")
    assert ((), ()) == (report.observations, report.errors)


@pytest.mark.parametrize("name", OTHERS)
def test_other_versions_of_python_see_the_same(project, name):
    code = "import datetime, os, random, time, uuid\nrandom.Random()\nuuid.uuid4()\ntime.time()\nos.listdir('data')\n"
    done, report = run(project, code + "datetime.datetime.now()\n", python=OTHERS[name])
    assert "" == done.stderr
    assert () == report.errors
    expected = [
        "generator train.py:2 random.Random() x1",
        "entropy train.py:3 uuid.uuid4() x1",
        "clock train.py:4 time.time() x1",
        "listing train.py:5 os.listdir() data x1",
    ]
    if name != "python3.8":
        expected.append("clock train.py:6 datetime.datetime.now() x1")
    assert sorted(expected) == sorted(observed(report))
    seeds = [
        run(project, "import uuid; print(uuid.uuid4())", entropy="seed", python=OTHERS[name]) for _ in "ab"
    ]
    assert seeds[0][0].stdout == seeds[1][0].stdout
