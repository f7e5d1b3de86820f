# SPDX-License-Identifier: Apache-2.0
"""`repro init` for chosen scripts, and `--trace`, which sees what reading alone does not."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from integration.command import repro

TRAIN = """\
import os, subprocess
rows = subprocess.run(["cat", "data" + chr(47) + "rows.bin"], capture_output=True, check=True).stdout
os.makedirs("NAME", exist_ok=True)
open(os.path.join("NAME", chr(109)), "wb").write(rows)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.bin").write_text("1")
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(TRAIN.replace("NAME", f"out-{name}"))
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_a_traced_step_declares_what_other_programs_read(project: Path) -> None:
    looked = repro(project, "init", "one.py", "--trace")
    assert not (project / "repro.toml").exists()
    assert "nothing is written yet" in looked.stdout
    assert 0 == repro(project, "init", "one.py", "--trace", "--yes").returncode
    document = tomllib.loads((project / "repro.toml").read_text())
    assert ["data/rows.bin"] == [data["path"] for data in document["data"]]
    (step,) = document["steps"]
    assert (["one.py", "data/rows.bin"], ["out-one"]) == (step["inputs"], step["outputs"])


def test_scripts_that_share_no_files_become_several_configurations(project: Path) -> None:
    done = repro(project, "init", "one.py", "two.py")
    assert 0 == done.returncode, done.stderr
    names = {tomllib.loads((project / f"repro-{name}.toml").read_text())["name"] for name in ("one", "two")}
    assert 2 == len(names)
    assert "repro verify --config repro-one.toml" in done.stdout


def test_a_script_that_reads_what_another_writes_is_of_the_same_configuration(project: Path) -> None:
    (project / "one.py").write_text('open("middle.csv", "w").write("1")\n')
    (project / "two.py").write_text('open("model.txt", "w").write(open("middle.csv").read())\n')
    assert 0 == repro(project, "init", "two.py", "one.py").returncode
    steps = tomllib.loads((project / "repro.toml").read_text())["steps"]
    assert ["one", "two"] == [step["name"] for step in steps]
    assert "middle.csv" in steps[1]["inputs"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.py", "there is no gone.py"),
        ("data/rows.bin", "not a Python script"),
        ("only.py", "cannot be run"),
    ],
)
def test_what_is_no_script_is_refused(project: Path, name: str, said: str) -> None:
    (project / "only.py").write_text("def train():\n    pass\n")
    done = repro(project, "init", name)
    assert 2 == done.returncode
    assert said in done.stderr
    assert not (project / "repro.toml").exists()
