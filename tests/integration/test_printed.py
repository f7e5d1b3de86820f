# SPDX-License-Identifier: Apache-2.0
"""A project that only prints is reproduced by what it prints."""

from __future__ import annotations

from pathlib import Path

from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py"]
stdout = "out/printed.txt"
"""
TRAIN = """\
import os, sys, time

start = time.time()
print(time.strftime("%Y-%m-%d %H:%M:%S"), "in", os.path.abspath("train.py"))
print("epoch 1 loss 0.5\\nepoch 2 loss LOSS")
sys.stderr.write("a warning that is no output")
print(f"took {time.time() - start} s")
"""


SHORT = f"""{TRAIN_STEP}inputs = ["train.py"]
outputs = ["stdout"]
[artifacts.stdout]
atol = 0.1
"""


def test_the_word_stdout_among_outputs_is_what_the_step_prints_and_tolerances_apply(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(SHORT)
    (tmp_path / "train.py").write_text(TRAIN.replace("LOSS", "0.25"))
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    assert "loss" in (tmp_path / "stdout" / "train.txt").read_text()
    (tmp_path / "train.py").write_text(TRAIN.replace("LOSS", "0.26"))
    near = repro(tmp_path, "verify", "-q")
    assert 0 == near.returncode, near.stdout
    assert "equivalent" in near.stdout
    assert "['loss']" in near.stdout


def test_a_script_that_only_prints_is_reproduced_and_a_changed_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG)
    (tmp_path / "train.py").write_text(TRAIN.replace("LOSS", "0.25"))
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    assert 0 == repro(tmp_path, "verify", "-q").returncode
    (tmp_path / "train.py").write_text(TRAIN.replace("LOSS", "0.26"))
    changed = repro(tmp_path, "verify", "-q")
    assert 1 == changed.returncode
    assert "['loss']" in changed.stdout
    assert "printed-times" in changed.stdout
