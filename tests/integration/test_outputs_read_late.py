# SPDX-License-Identifier: Apache-2.0
"""What an earlier step wrote is read while later ones run, and yet as it is in the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from integration.command import repro

CONFIG = """\
version = 1
name = "two"

[environment]
backend = "current"

[sandbox]
files = "{files}"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["model.json"]

[[steps]]
name = "evaluate"
run = ["python", "evaluate.py"]
inputs = ["evaluate.py", "model.json"]
outputs = ["scores.json"]
"""
TRAIN = 'open("model.json", "w").write("[1, 2]")\n'
EVALUATE = """\
import contextlib, os, time
before = os.stat("model.json")
time.sleep(0.3)
with contextlib.suppress(OSError):
    with open("model.json", "w") as file:
        file.write("[7, 8]")
    os.utime("model.json", ns=(before.st_atime_ns, before.st_mtime_ns))
open("scores.json", "w").write("[3]")
"""


@pytest.mark.parametrize("files", ["any", "declared"])
def test_an_output_that_a_later_step_may_overwrite_is_read_as_it_is_in_the_end(
    tmp_path: Path, files: str
) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG.format(files=files))
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "evaluate.py").write_text(EVALUATE)
    assert repro(tmp_path, "verify", "--quiet", "--no-repeat").returncode == 3
    assert repro(tmp_path, "accept").returncode == 0
    written = json.loads((tmp_path / "model.json").read_text())
    (accepted,) = json.loads((tmp_path / "repro.baseline.json").read_text())["platforms"].values()
    leaf = accepted["products"]["model.json"]["leaves"][""]
    assert max(written) == leaf["stats"]["max"]
