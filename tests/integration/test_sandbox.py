# SPDX-License-Identifier: Apache-2.0
"""Steps inside real enclosures: what they can reach, what comes back, and what is said when it fails."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest
from integration.enclosed import TRAIN, Project, failure, means

from repro_action.config.model import SandboxConfig, Step

__all__ = ["means"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture
def project(tmp_path, means):
    return Project(tmp_path / "project", means)


def test_a_declared_file_is_read_and_an_undeclared_one_is_not_there(project):
    project.write("a.csv", "1")
    project.write("b.csv", "2")
    text = "import os; print(open('a.csv').read(), os.path.exists('b.csv'), sorted(os.listdir()))"
    record = project.script(text, inputs=("a.csv",))
    assert record.tail == "1 False ['.repro', 'a.csv', 'train.py']\n" or record.tail == (
        "1 False ['a.csv', 'train.py']\n"
    )


def test_an_undeclared_read_fails_and_the_remedy_names_file_line_and_step(project):
    project.write("extra.csv", "1")
    error = failure(project, "\nprint(open('extra.csv').read())\n")
    assert "train.py:2 opened extra.csv, which exists but is not declared" in error.why
    assert error.remedy.startswith('Add "extra.csv" to inputs of step train.')
    assert "No such file" in error.why


@pytest.mark.parametrize(
    "asks",
    ["os.path.isfile('extra.csv')", "os.path.exists('extra.csv')", "pathlib.Path('extra.csv').is_file()"],
)
def test_a_question_whether_a_hidden_file_is_there_is_answered_in_the_error(project, asks):
    project.write("extra.csv", "1")
    error = failure(
        project, f"import os, pathlib, sys\nif not {asks}:\n    sys.exit('nothing to train on')\n", hook=True
    )
    assert "train.py:2 looked for extra.csv, which exists but is not declared" in error.why
    assert ("extra.csv",) == error.undeclared


def test_the_stand_in_of_stat_is_the_same_to_those_who_ask_what_it_can_do(project):
    text = (
        "import os, shutil, sys\n"
        "assert os.stat in os.supports_dir_fd and os.stat in os.supports_follow_symlinks\n"
        "assert shutil.rmtree.avoids_symlink_attacks\n"
        "assert os.stat(path='.').st_mode and os.stat(0)\n"
        "print(os.path.isfile('train.py'), os.path.isdir('gone'))"
    )
    assert "True False\n" == project.script(text, hook=True).tail


def test_an_undeclared_import_fails_and_the_remedy_names_all_of_them_at_once(project):
    project.write("first.py", "import second\nfrom package import third\n")
    project.write("second.py", "")
    project.write("package/__init__.py", "")
    project.write("package/third.py", "from . import fourth\n")
    project.write("package/fourth.py", "")
    error = failure(project, "import first\n")
    assert "train.py:1 imported first.py" in error.why
    assert error.remedy.startswith(
        'Add "first.py", "package/__init__.py", "package/fourth.py", "package/third.py", "second.py" to'
    )


def test_a_file_elsewhere_on_the_machine_is_hidden_and_the_remedy_is_to_pin_it(project, tmp_path):
    (tmp_path / "elsewhere.csv").write_text("1")
    error = failure(project, f"open({str(tmp_path / 'elsewhere.csv')!r})\n")
    assert "lies outside the project" in error.why
    assert "repro pin" in error.remedy


def test_a_file_that_is_nowhere_is_not_blamed_on_the_sandbox(project):
    error = failure(project, "open('nowhere.csv')\n")
    assert "sandbox" not in error.why + error.remedy


def test_the_loopback_of_the_host_is_out_of_reach_and_the_remedy_is_named(project):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        error = failure(project, f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n")
    assert "train.py:2 tried to use the network" in error.why
    assert "network = true" in error.remedy


def test_names_are_not_looked_up(project):
    error = failure(project, "import socket\nsocket.getaddrinfo('example.org', 80)\n")
    assert "network = true" in error.remedy


def test_processes_of_a_step_reach_each_other_over_a_loopback_of_their_own(project):
    text = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "print(socket.create_connection(server.getsockname()).getpeername()[0])\n"
    )
    assert project.script(text).tail == "127.0.0.1\n"


def test_the_network_is_in_reach_where_it_is_allowed(project):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        text = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n"
        project.script(text, sandbox=SandboxConfig(network=True))
    assert (False, True) == (project.enforced.network, project.enforced.files)


def test_everything_can_be_read_where_it_is_allowed_but_the_network_is_not(project, tmp_path):
    (tmp_path / "elsewhere.csv").write_text("1")
    text = (
        f"print(open({str(tmp_path / 'elsewhere.csv')!r}).read())\n"
        "import socket\nwire = socket.socket()\n"
        "print(wire.connect_ex(('192.0.2.1', 9)) != 0)\n"
        "open('new.txt', 'w').close()\n"
    )
    assert project.script(text, sandbox=SandboxConfig(files="any")).tail == "1\nTrue\n"
    assert (project.root / "new.txt").exists()
    assert (True, False, "") == (
        project.enforced.network,
        project.enforced.files,
        project.enforced.reason,
    )


def test_home_and_temporary_folders_are_empty_writable_and_gone_afterwards(project, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("sesame")
    text = (
        "import os, pathlib, tempfile\n"
        "print(os.listdir(pathlib.Path.home()), sorted(os.listdir('/tmp')))\n"
        "(pathlib.Path.home() / 'cache').write_text('x')\n"
        "print(os.path.exists(tempfile.mkdtemp()))\n"
    )
    environ = {**os.environ, "HOME": str(home), "TMPDIR": "/var/tmp"}
    record = project.script(text, environ=environ)
    first, second = record.tail.splitlines()
    assert first.startswith("[] ")
    assert second == "True"
    assert [home / "secret"] == list(home.iterdir())


def test_inputs_cannot_be_written_and_the_error_says_why(project):
    project.write("a.csv", "1")
    error = failure(project, "open('a.csv', 'a').write('2')\n", inputs=("a.csv",))
    assert "train.py:1 wrote to a.csv, which is an input" in error.why
    assert (project.root / "a.csv").read_text() == "1"


def test_what_lies_outside_the_project_cannot_be_written(project, tmp_path):
    error = failure(project, "open('/usr/new.txt', 'w')\n")
    assert "/usr/new.txt, which lies outside the project" in error.why


def test_outputs_arrive_with_content_modes_and_links(project):
    text = TRAIN + (
        "import os\n"
        "Path('out/model.bin').write_bytes(bytes(range(256)))\n"
        "os.chmod('out/model.bin', 0o640)\n"
        "Path('run.sh').write_text('#!/bin/sh\\n'); os.chmod('run.sh', 0o755)\n"
        "Path('folder/deep').mkdir(parents=True); Path('folder/deep/x').write_text('x')\n"
        "os.symlink('x', 'folder/deep/link')\n"
    )
    project.script(text, outputs=("out/model.bin", "run.sh", "folder"))
    assert bytes(range(256)) == (project.root / "out/model.bin").read_bytes()
    assert stat.S_IMODE((project.root / "out/model.bin").stat().st_mode) == 0o640
    assert stat.S_IMODE((project.root / "run.sh").stat().st_mode) == 0o755
    assert (project.root / "folder/deep/link").readlink() == Path("x")
    assert project.enforced.seen["train"].written == ()
    assert not (project.folder / "stage").exists()


def test_a_chain_of_steps_hands_on_only_what_is_declared(project):
    project.write("one.py", TRAIN + "Path('out/a').write_text('a'); Path('out/b').write_text('b')\n")
    project.write("two.py", "from pathlib import Path\nprint(sorted(map(str, Path('out').iterdir())))\n")
    one = Step(name="one", run=("python", "one.py"), inputs=("one.py",), outputs=("out/a", "out/b"))
    two = Step(name="two", run=("python", "two.py"), inputs=("two.py", "out/a"))
    _, record = project.run(one, two)
    assert record.tail == "['out/a']\n"


def test_globs_parameters_and_pinned_folders_are_what_they_declare(project):
    for name in ("src/a.py", "src/b.txt", "data/deep/x", "data/y", "params.toml", "other.toml"):
        project.write(name, name)
    project.write(
        "train.py", "import os\nprint(sorted(f'{d}/{f}' for d, _, fs in os.walk('.') for f in fs))\n"
    )
    step = Step(
        name="train", run=("python", "train.py"), inputs=("*.py", "src/*.py", "data"), params=("params.toml",)
    )
    (record,) = project.run(step, data=("data",))
    assert "['./data/deep/x', './data/y', './params.toml', './src/a.py', './train.py']\n" == record.tail


def test_links_keep_their_text_and_what_they_lead_to_is_readable(project, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "big.csv").write_text("big")
    project.write("shared/module.py", "NAME = __file__\n")
    (project.root / "data").mkdir()
    (project.root / "data" / "big.csv").symlink_to(tmp_path / "store" / "big.csv")
    (project.root / "linked").symlink_to(tmp_path / "store")
    (project.root / "module.py").symlink_to("shared/module.py")
    text = "import os\nprint(open('data/big.csv').read(), open('linked/big.csv').read(), os.readlink('module.py'))\n"
    record = project.script(text, inputs=("data", "linked/big.csv", "module.py"))
    assert record.tail == "big big shared/module.py\n"


def test_more_files_than_are_mounted_are_readable_all_the_same(project):
    for number in range(300):
        project.write(f"parts/{number:03}.txt", str(number))
    project.write("parts/hidden.csv")
    text = "from pathlib import Path\nprint(sum(int(p.read_text()) for p in Path('parts').iterdir()))\n"
    record = project.script(text, inputs=("parts/*.txt",))
    assert record.tail == f"{sum(range(300))}\n"
    assert len(list((project.root / "parts").iterdir())) == 301


def test_files_written_undeclared_come_back_unless_something_stands_there(project):
    project.write("log.txt", "old")
    text = (
        "import os\nprint(os.path.exists('log.txt'))\nopen('log.txt', 'a').write('new')\n"
        "open('plot.png', 'w').close()\nos.makedirs('runs/1')\nopen('runs/1/x', 'w').close()\n"
    )
    assert project.script(text).tail == "False\n"
    assert (project.root / "log.txt").read_text() == "old"
    assert (project.root / "runs" / "1" / "x").exists()
    seen = project.enforced.seen["train"]
    assert (("plot.png", "runs"), ("log.txt",)) == (seen.written, seen.kept)
    assert (project.folder / "undeclared" / "train" / "log.txt").read_text() == "new"


def test_what_a_failing_step_wrote_comes_back_too(project):
    failure(project, TRAIN + "Path('out/a').write_text('half')\nraise SystemExit(3)\n", outputs=("out/a",))
    assert (project.root / "out" / "a").read_text() == "half"
