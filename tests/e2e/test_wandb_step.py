# SPDX-License-Identifier: Apache-2.0
"""A step that calls the real W&B library, and a sink whose library is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from required import absent, program_of

from repro_action.listing import flatten
from repro_action.readers import read_artifact

CONFIG = """\
version = 1
name = "tiny"
seed = 1
[environment]
backend = "current"
python = "{python}"
[track.wandb]
project = "tiny"
mode = "offline"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["metrics.json"]
[metrics."metrics.json"]
loss = {{ goal = "min" }}
"""
TRAIN = """\
import json, wandb
with wandb.init(project="mine", config={"depth": 3}) as run:
    for at in range(3): run.log({"loss": 1 / (at + 1)})
json.dump({"loss": 1 / 3}, open("metrics.json", "w"))
"""


def test_a_step_that_logs_to_wandb_needs_no_network_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG.format(python=program_of("tools", package="wandb")))
    (tmp_path / "train.py").write_text(TRAIN)
    before = {path.name for path in tmp_path.iterdir()} | {".repro", "metrics.json"}
    command = [sys.executable, "-m", "repro_action", "verify", "-q", "--no-repeat"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the package wandb is not installed beside repro" in done.stderr
    if not list(tmp_path.glob(".repro/runs/*/tracking")):
        absent("sandbox", "steps are not enclosed here")
    assert {path.name for path in tmp_path.iterdir()} == before
    (log,) = tmp_path.glob(".repro/runs/*/tracking/train/wandb/offline-run-*/run-*.wandb")
    leaves = flatten(read_artifact(log).root)
    assert leaves["history['loss']"].shape == (3,)
    assert leaves["config['depth']"].value == 3
