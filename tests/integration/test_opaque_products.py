# SPDX-License-Identifier: Apache-2.0
"""A product of a format that no reader knows: the report says where its bytes differ, as far as it can know."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py"]
outputs = ["model.bin"]
"""
TRAIN = """\
import time
open("model.bin", "wb").write(b"\\0\\1MODEL\\0name=tiny\\0" + VALUE + bytes(2000))
"""


def train(root: Path, value: str) -> None:
    (root / "train.py").write_text(TRAIN.replace("VALUE", value))


def test_where_bytes_differ_is_said_from_the_kept_file_or_from_two_runs_and_else_that_it_is_not_known(
    tmp_path: Path,
) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG)
    train(tmp_path, "bytes(8)")
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode

    train(tmp_path, "bytes([0, 9, 9]) + bytes(5)")
    kept = repro(tmp_path, "verify", "-q", "--no-repeat")
    assert 1 == kept.returncode
    assert "first at byte 19, 2 of 2026 bytes, the last at byte 20" in kept.stdout
    assert 'beside the text "name=tiny"' in kept.stdout
    (artifact,) = json.loads((tmp_path / ".repro" / "report.json").read_text())["claim"]["artifacts"]
    assert {"first": 19, "last": 20, "differing": 2} == {
        name: artifact["leaves"][0]["opaque"][name] for name in ("first", "last", "differing")
    }

    shutil.rmtree(tmp_path / ".repro" / "products")
    unknown = repro(tmp_path, "verify", "-q", "--no-repeat")
    assert "which bytes differ is unknown" in unknown.stdout

    train(tmp_path, "time.time_ns().to_bytes(8, 'little')")
    flaky = repro(tmp_path, "verify", "-q")
    assert "drifted (flaky)" in flaky.stdout
    assert "two runs here differ from byte " in flaky.stdout
