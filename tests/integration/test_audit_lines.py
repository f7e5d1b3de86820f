# SPDX-License-Identifier: Apache-2.0
"""What a program draws, reads, lists or starts is put down to the line that did it."""

from __future__ import annotations

import pytest
from integration.audited_program import observed, project, run

__all__ = ["project"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("np.random.default_rng()", "generator train.py:2 numpy.random.default_rng() x1"),
        ("np.random.RandomState()", "generator train.py:2 numpy.random.RandomState() x1"),
        ("np.random.PCG64()", "generator train.py:2 numpy.random.PCG64() x1"),
        ("np.random.SeedSequence()", "generator train.py:2 numpy.random.SeedSequence() x1"),
        ("np.random.seed()", "generator train.py:2 numpy.random.seed() x1"),
        ("random.Random()", "generator train.py:2 random.Random() x1"),
        ("random.seed()", "generator train.py:2 random.seed() x1"),
        ("uuid.uuid4()", "entropy train.py:2 uuid.uuid4() x1"),
        ("secrets.token_hex()", "entropy train.py:2 secrets.token_hex() x1"),
        ("random.SystemRandom().random()", "entropy train.py:2 random.SystemRandom.random() x1"),
        ("os.urandom(4)", "entropy train.py:2 os.urandom() x1"),
        ("open('/dev/urandom', 'rb').close()", "entropy train.py:2 open('/dev/urandom') x1"),
        ("[time.time() for _ in range(3)]", "clock train.py:2 time.time() x3"),
        ("time.strftime('%Y')", "clock train.py:2 time.strftime() x1"),
        ("time.clock_gettime(1)", "clock train.py:2 time.clock_gettime() x1"),
        ("time.localtime()", "clock train.py:2 time.localtime() x1"),
        ("time.monotonic()", "clock train.py:2 time.monotonic() x1"),
        ("time.process_time()", "clock train.py:2 time.process_time() x1"),
        ("os.times()", "clock train.py:2 os.times() x1"),
        ("open('data/a.csv').close()", "read train.py:2 open() data/a.csv x1"),
        ("Path('data/a.csv').read_text()", "read train.py:2 pathlib.Path.read_text() data/a.csv x1"),
        ("np.loadtxt('data/a.csv')", "read train.py:2 numpy.loadtxt() data/a.csv x1"),
        ("os.listdir('data')", "listing train.py:2 os.listdir() data x1"),
        ("list(os.walk('data'))", "listing train.py:2 os.walk() data x1"),
        ("glob.glob('data/*')", "listing train.py:2 glob.glob() data/* x1"),
        ("list(Path('data').glob('*'))", "listing train.py:2 pathlib.Path.glob() data/* x1"),
        ("list(Path('data').iterdir())", "listing train.py:2 pathlib.Path.iterdir() data x1"),
        ("subprocess.run(['true', '--password=x'])", "process train.py:2 subprocess.run() true x1"),
        ("os.system('true')", "process train.py:2 os.system() true x1"),
        (
            "socket.socket().connect_ex(('127.0.0.1', 9))",
            "network train.py:2 socket.connect() 127.0.0.1:9 x1",
        ),
        ("socket.gethostname()", "host train.py:2 socket.gethostname() x1"),
        ("os.getpid()", "host train.py:2 os.getpid() x1"),
        ("os.cpu_count()", "host train.py:2 os.cpu_count() x1"),
    ],
)
def test_each_kind_is_put_down_to_its_line(project, line, expected):
    names = "glob, os, random, secrets, socket, subprocess, time, uuid"
    code = f"import {names}, numpy as np; from pathlib import Path\n{line}\n"
    done, report = run(project, code)
    assert ("", 0) == (done.stderr, done.returncode)
    assert [expected] == observed(report)
    assert () == report.errors


def test_what_a_library_draws_is_put_down_to_the_line_that_called_it(project):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "vendored.py").write_text(
        "import os, random, uuid\nimport numpy as np\n"
        "def draw():\n    return np.random.default_rng().random()\n"
        "def token():\n    return os.urandom(4)\n"
        "def name():\n    return uuid.uuid4()\n"
        "class Model:\n    def __init__(self):\n        self.rng = random.Random()\n"
    )
    code = "import vendored\nvendored.draw()\nvendored.token()\nvendored.Model()\nvendored.name()\n"
    _, report = run(project, code, pythonpath=str(site))
    assert [
        "entropy train.py:3 vendored.token() os.urandom() x1",
        "generator train.py:2 vendored.draw() numpy.random x1",
        "generator train.py:4 vendored.Model() random.Random() x1",
    ] == sorted(observed(report))


def test_lines_of_the_projects_own_modules_are_named(project):
    (project / "lib").mkdir()
    (project / "lib" / "shuffle.py").write_text(
        "import random\n\ndef shuffled():\n    return random.Random()\n"
    )
    _, report = run(project, "import lib.shuffle\nlib.shuffle.shuffled()\n")
    assert ["generator lib/shuffle.py:4 random.Random() x1"] == observed(report)


def test_a_missing_file_and_one_that_the_program_wrote_itself(project):
    code = (
        "try:\n    open('local.toml')\nexcept OSError:\n    pass\n"
        "open('out.txt', 'w').close(); open('out.txt').close(); open('data/a.csv', 'a').close()\n"
    )
    _, report = run(project, code)
    assert ["read train.py:2 open() local.toml x1"] == observed(report)
    assert [True] == [item.missing for item in report.observations]


def test_many_files_read_by_one_line_become_their_folder(project):
    for number in range(200):
        (project / "data" / f"{number}.txt").touch()
    code = (
        "from pathlib import Path\nfor path in sorted(Path('data').glob('*.txt')):\n    path.open().close()\n"
    )
    _, report = run(project, code)
    reads = [item for item in report.observations if item.kind == "read"]
    assert 200 == sum(item.count for item in reads)
    assert len(reads) < 100
    assert "data/" in {item.detail for item in reads}


def test_many_questions_for_files_that_are_not_there_read_nothing(project):
    code = "import os\nfor number in range(200):\n    os.path.exists(f'data/{number}.txt')\n"
    _, report = run(project, code, REPRO_HIDES_FILES="1")
    reads = [item for item in report.observations if item.kind == "read"]
    assert () == report.errors
    assert {True} == {item.missing for item in reads}
    assert len(reads) < 100


def test_without_room_what_is_left_out_is_counted(project):
    lines = "".join(f"os.urandom({number + 1})\n" for number in range(600))
    _, report = run(project, f"import os\n{lines}")
    assert 500 == len(report.observations)
    assert any("no room for 100 more" in error for error in report.errors)


def test_a_program_that_changes_its_folder_is_followed(project):
    _, report = run(project, "import os\nos.chdir('data')\nopen('a.csv').close()\nos.urandom(1)\n")
    assert ["entropy train.py:4 os.urandom() x1", "read train.py:3 open() data/a.csv x1"] == sorted(
        observed(report)
    )


def test_a_decorated_function_of_a_library_is_named_by_what_is_wrapped(project):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "wrapping.py").write_text(
        "import functools\nimport numpy as np\n"
        "def decorator(func):\n    @functools.wraps(func)\n    def wrapper(*args):\n"
        "        return func(*args)\n    return wrapper\n"
        "@decorator\ndef create():\n    return np.random.default_rng()\n"
    )
    code = f"import sys; sys.path.insert(0, {str(site)!r})\nimport wrapping\nwrapping.create()\n"
    _, report = run(project, code)
    assert ["generator train.py:3 wrapping.create() numpy.random x1"] == observed(report, "generator")
