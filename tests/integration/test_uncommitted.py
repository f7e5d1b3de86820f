# SPDX-License-Identifier: Apache-2.0
"""A report claims no commit that did not run: what is not committed is named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py", "data"]
outputs = ["out.json"]
"""
TRAIN = 'open("out.json", "w").write("[1]")\n'


def git(folder: Path, *arguments: str) -> None:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def test_files_that_are_not_as_in_the_commit_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "data").mkdir(parents=True)
    (folder / "repro.toml").write_text(CONFIG)
    (folder / "train.py").write_text(TRAIN)
    (folder / "data" / "a.csv").write_text("a\n1\n")
    (folder / "notes.txt").write_text("of no step\n")
    git(tmp_path, "init", "-q")
    assert repro(folder, "verify", "-q").returncode == 3
    assert repro(folder, "accept").returncode == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    clean = json.loads(repro(folder, "verify", "--json").stdout)["claim"]["after"]
    assert clean.get("uncommitted", []) == []
    (folder / "train.py").write_text(TRAIN + "# another line\n")
    (folder / "data" / "a.csv").write_text("a\n2\n")
    (folder / "notes.txt").write_text("edited\n")
    (folder / "train.py").write_text(TRAIN.replace("[1]", "[2]"))
    found = repro(folder, "verify")
    report = json.loads((folder / ".repro" / "report.json").read_text())
    assert report["claim"]["after"]["uncommitted"] == ["data/a.csv", "train.py"]
    assert "with uncommitted changes: data/a.csv, train.py" in found.stdout
    assert "with uncommitted changes: " in (folder / ".repro" / "report.md").read_text()
