# SPDX-License-Identifier: Apache-2.0
"""`repro verify --fix` on a project whose step reads in four ways what it does not declare."""

from __future__ import annotations

import sys
import tomllib

import pytest
from integration.command import repro
from required import require_enclosing

from repro_action.sandbox.mechanisms import Namespaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

TRAIN = """\
import json, os, subprocess, sys
rows = open("data/train.csv").read()
if not os.path.isfile("configs/model.json"):
    sys.exit("configuration missing")
if subprocess.run(["cat", "data/c.bin"], capture_output=True).returncode:
    sys.exit("[LightGBM] [Fatal] Data file data/c.bin doesn't exist.")
names = open("data/%s.csv" % sys.argv[1]).read()
open("model.json", "w").write(json.dumps([rows, names]))
"""
CONFIG = """\
version = 1
name = "m"
# one step
[[steps]]
name = "train"
run = ["python", "train.py", "test"]
inputs = ["train.py"]  # its own
outputs = ["model.json"]
"""


def test_a_run_that_lacks_inputs_gets_all_of_them_and_ends_well(tmp_path):
    require_enclosing(Namespaces())
    for name in ("data/train.csv", "data/test.csv", "data/c.bin", "configs/model.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "repro.toml").write_text(CONFIG)
    failed = repro(tmp_path, "verify", "--quiet")
    assert 2 == failed.returncode
    assert '"data/train.csv"' in failed.stdout
    assert "repro verify --fix" in failed.stdout
    fixed = repro(tmp_path, "verify", "--quiet", "--fix", "--no-repeat")
    assert 3 == fixed.returncode, fixed.stdout + fixed.stderr
    text = (tmp_path / "repro.toml").read_text()
    (step,) = tomllib.loads(text)["steps"]
    assert {"train.py", "data/train.csv", "configs/model.json", "data/c.bin", "data/test.csv"} == set(
        step["inputs"]
    )
    assert "# one step" in text
    assert "# its own" in text
    assert "added to inputs of step train in repro.toml: data/c.bin" in fixed.stderr
