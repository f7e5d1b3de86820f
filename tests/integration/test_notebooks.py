# SPDX-License-Identifier: Apache-2.0
"""Notebooks as steps and as baselines, executed by the real nbclient and ipykernel."""

from __future__ import annotations

import json
import subprocess

from integration.command import repro
from notebook_projects import code, notebook, printed, tool

STEP = """\
version = 1
name = "book"
seed = 3
[environment]
python = "{python}"
[[steps]]
name = "report"
run = ["notebook", "report.ipynb", "out/report.ipynb"]
params = ["params.json"]
"""
CELLS = (
    "import os, random, socket, time",
    code("rate = 0.1\nnames = []", "parameters"),
    "print(rate, names, os.environ['PYTHONHASHSEED'])",
    "print(random.random())",
    "first = 1\ndrawn = random.Random()\nmoment = time.time()",
    "try:\n    socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError as error:\n    print(error.errno)",
    "import sys\nprint([name for name in sys.path if 'hook' in name], 'open' in globals())",
)


def test_a_notebook_is_a_step_with_parameters_seeds_hook_and_sandbox(tmp_path):
    (tmp_path / "repro.toml").write_text(STEP.format(python=tool("python")))
    (tmp_path / "report.ipynb").write_text(notebook(*CELLS))
    (tmp_path / "params.json").write_text('{"rate": 0.25, "names": ["a"]}')
    done = repro(tmp_path, "verify", "-q", "--json", "--no-repeat")
    report = json.loads(done.stdout)
    assert (3, "no_baseline") == (done.returncode, report["verdict"]), report.get("error")
    texts = printed(tmp_path / "out" / "report.ipynb")
    assert "0.25 ['a'] 3\n" == texts[3], "the injected cell is the third"
    assert "0.23796462709189137\n" == texts[4], "random.Random(3).random()"
    assert "[] False\n" == texts[-1]
    seen = {
        (one["kind"], one["location"] if "location" in one else f"{one['file']}, line {one['line']}")
        for one in report["findings"]
    }
    assert any(place == "report.ipynb: cell 5, line 2" for _, place in seen), seen
    # A papermill that only puts the parameters in agrees with what was executed.
    subprocess.run(
        [tool("papermill"), "--prepare-only", "-f", "params.json", "report.ipynb", "prepared.ipynb"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    ours, theirs = (
        json.loads((tmp_path / name).read_text())["cells"] for name in ("out/report.ipynb", "prepared.ipynb")
    )
    assert [values(cell) for cell in ours[:3]] == [values(cell) for cell in theirs[:3]]
    assert ours[2]["metadata"]["tags"] == theirs[2]["metadata"]["tags"]


def values(cell: dict) -> dict:
    found: dict = {}
    exec("".join(cell["source"]), found)
    return {name: value for name, value in found.items() if isinstance(value, float | list)}


def test_a_cell_that_fails_is_named_with_its_line(tmp_path):
    (tmp_path / "repro.toml").write_text(STEP.format(python=tool("python")))
    (tmp_path / "report.ipynb").write_text(notebook("x = 1", "y = 0\nx / y"))
    (tmp_path / "params.json").write_text("{}")
    report = json.loads(repro(tmp_path, "verify", "-q", "--json").stdout)
    assert "failed" == report["verdict"]
    assert "report.ipynb: cell 2, line 2: ZeroDivisionError: division by zero" in report["error"]["why"]


def test_an_environment_without_nbclient_says_what_is_missing(tmp_path):
    (tmp_path / "repro.toml").write_text(STEP.replace('python = "{python}"', 'backend = "current"'))
    (tmp_path / "report.ipynb").write_text(notebook("x = 1"))
    (tmp_path / "params.json").write_text("{}")
    report = json.loads(repro(tmp_path, "verify", "-q", "--json").stdout)
    assert "failed" == report["verdict"]
    assert "has no nbclient, ipykernel" in report["error"]["why"].replace("nbformat, ", "")
    assert "pip install nbclient ipykernel" in report["error"]["cure"]


def test_a_command_that_is_no_notebook_is_refused_at_its_place(tmp_path):
    (tmp_path / "repro.toml").write_text(STEP.replace('report.ipynb", ', 'report.py", ', 1).format(python=""))
    report = json.loads(repro(tmp_path, "verify", "-q", "--json").stdout)
    assert "expected a notebook" in report["error"]["what"] + report["error"]["why"]
