# SPDX-License-Identifier: Apache-2.0
"""A step that runs in a folder of the project, in the sandbox and without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from integration.command import repro

CONFIG = """\
version = 1
name = "cwd"
[sandbox]
files = "{files}"
[[steps]]
name = "train"
run = ["python", "train.py"]
cwd = "code"
inputs = ["code/train.py", "data/rows.csv"]
outputs = ["models/metrics.json"]
"""
TRAIN = """\
import json, os
rows = [float(row) for row in open("../data/rows.csv")]
os.makedirs("../models", exist_ok=True)
json.dump({"loss": sum(rows), "folder": os.path.basename(os.getcwd())}, open("../models/metrics.json", "w"))
"""


def project(root: Path, files: str = "declared") -> Path:
    for name in ("code", "data"):
        (root / name).mkdir()
    (root / "repro.toml").write_text(CONFIG.format(files=files))
    (root / "code" / "train.py").write_text(TRAIN)
    (root / "data" / "rows.csv").write_text("1\n2\n")
    return root


@pytest.mark.parametrize("files", ["declared", "any"])
def test_a_step_runs_in_its_folder_and_moving_it_is_a_change_of_its_command(
    tmp_path: Path, files: str
) -> None:
    project(tmp_path, files)
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    assert 0 == repro(tmp_path, "verify", "-q").returncode
    made = json.loads((tmp_path / "models" / "metrics.json").read_text())
    assert {"loss": 3.0, "folder": "code"} == made
    (tmp_path / "code").rename(tmp_path / "src")
    config = (tmp_path / "repro.toml").read_text()
    (tmp_path / "repro.toml").write_text(config.replace('"code', '"src'))
    moved = repro(tmp_path, "verify", "-q")
    assert 1 == moved.returncode
    assert "cd code" in moved.stdout + moved.stderr
    assert "cd src" in moved.stdout + moved.stderr


def test_an_undeclared_file_is_named_as_it_is_declared(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "code" / "part.py").write_text("x = 1\n")
    (tmp_path / "code" / "train.py").write_text("import part\n" + TRAIN)
    ended = repro(tmp_path, "verify")
    assert 'Add "code/part.py" to inputs of step train.' in ended.stdout + ended.stderr
    (tmp_path / "code" / "train.py").write_text('open("../other.csv")\n' + TRAIN)
    (tmp_path / "other.csv").write_text("1\n")
    ended = repro(tmp_path, "verify")
    assert 'Add "other.csv" to inputs of step train.' in ended.stdout + ended.stderr


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    project(tmp_path)
    config = (tmp_path / "repro.toml").read_text()
    (tmp_path / "repro.toml").write_text(config.replace('cwd = "code"', 'cwd = "cod"'))
    ended = repro(tmp_path, "verify", "-q")
    assert "step train cannot run in cod: there is no such folder" in ended.stdout + ended.stderr
    assert not (tmp_path / "cod").exists()
    assert "there is no folder cod" in repro(tmp_path, "doctor").stdout
