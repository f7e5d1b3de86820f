# SPDX-License-Identifier: Apache-2.0
"""Notebooks as steps and as baselines, executed by the real nbclient and ipykernel."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from integration.command import repro
from notebook_projects import code, notebook, printed, tool
from required import TOOLS

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


PIXELS = """\
import struct, zlib
from IPython.display import Image
def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
rows = b''.join(bytes([0]) + bytes([SHADE] * 3) for _ in range(3))
Image(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 3, 3, 8, 0, 0, 0, 0))
      + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))"""
REPORT = (
    "import sys, random",
    "accuracy = 0.912\naccuracy",
    "print('loss', 0.25)\nprint('slow', file=sys.stderr)\nobject()",
    "import pandas as pd\npd.DataFrame({'rows': [1, 2.5], 'name': ['x', 'y']})",
    PIXELS.replace("SHADE", "200"),
)


def verified(root: Path, *options: str) -> tuple[int, dict]:
    done = repro(root, "verify", *options, "-q", "--json", "--no-repeat", VIRTUAL_ENV=str(TOOLS))
    return done.returncode, json.loads(done.stdout)


def test_a_committed_notebook_is_its_own_baseline(tmp_path):
    """Executed by papermill, it is reproduced; edited afterwards, each output that is false is named."""
    folder = tmp_path / "reports"
    folder.mkdir()
    book = folder / "report.ipynb"
    book.write_text(notebook(*REPORT))
    (tmp_path / ".git").mkdir()
    subprocess.run(
        [tool("papermill"), "report.ipynb", "report.ipynb"], cwd=folder, check=True, capture_output=True
    )
    made = book.read_bytes()
    status, report = verified(folder, "report.ipynb")
    assert (0, "reproduced") == (status, report["verdict"]), report
    assert "identical to what reports/report.ipynb records" in report["headline"]
    assert made == book.read_bytes(), "the notebook stays as it is"
    assert ["report.ipynb"] == [path.name for path in folder.iterdir()]
    assert (tmp_path / ".repro" / "executed" / "report.ipynb").is_file()
    edited = json.loads(made)
    for cell, (old, new) in enumerate(
        (("", ""), ("0.912", "0.907"), ("0.25", "0.5"), ("2.5", "3.5"), ("200", "90"))
    ):
        edited["cells"][cell]["source"] = [
            line.replace(old, new) if old else line for line in edited["cells"][cell]["source"]
        ]
    edited["cells"][1]["execution_count"] = 9
    edited["metadata"]["language_info"]["version"] = "3.8.1"
    book.write_text(json.dumps(edited))
    status, report = verified(folder, "report.ipynb", "--report-markdown", "report.md")
    assert (1, "changed") == (status, report["verdict"])
    assert any("python 3.8.1 →" in one["text"] for one in report["causes"]), report["causes"]
    (found,) = report["claim"]["artifacts"]
    paths = {leaf["path"] for leaf in found["leaves"]}
    assert {"cells[1].outputs[0].data['text/plain']", "cells[2].stdout['loss']"} <= paths
    assert any("data['image/png']" in path for path in paths)
    assert any("table[0]['rows']" in path for path in paths)
    assert any("out of order: cell 2" in one["what"] for one in report["warnings"]), report["warnings"]
    text = (folder / "report.md").read_text()
    assert "| `cell 2 output` | `0.912` | `0.907` |" in text


def test_a_notebook_without_outputs_claims_nothing(tmp_path):
    (tmp_path / "report.ipynb").write_text(notebook("1 + 1"))
    tool("papermill")
    status, report = verified(tmp_path, "report.ipynb")
    assert (3, "no_baseline") == (status, report["verdict"])
    assert "report.ipynb holds no outputs" in report["headline"]


def test_what_cannot_be_verified_as_a_notebook_is_one_error(tmp_path):
    for name, text in {"a.ipynb": "{", "b.py": ""}.items():
        (tmp_path / name).write_text(text)
    for name in ("a.ipynb", "b.py", "absent.ipynb"):
        status, report = verified(tmp_path, name)
        assert (2, "failed") == (status, report["verdict"]), name
    (tmp_path / "repro.toml").write_text(STEP.format(python=""))
    assert "Add it as a step" in verified(tmp_path, "a.ipynb")[1]["error"]["cure"]
