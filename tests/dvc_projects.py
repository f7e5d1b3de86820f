# SPDX-License-Identifier: Apache-2.0
"""Projects of DVC's, made by the real DVC of `.venv-tools`: `make tools`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from required import program_of

PREPARE = """\
rows = open("data/rows.csv").read().splitlines()[1:]
open("prepared.csv", "w").write("b\\n" + "".join(row.split(",")[1] + "\\n" for row in rows))
"""
TRAIN = """\
import json, pickle
scale = next(float(line.split(":")[1]) for line in open("params.yaml") if line.startswith("scale"))
weights = [float(row) * scale for row in open("prepared.csv").read().splitlines()[1:]]
pickle.dump({"weights": weights}, open("model.pkl", "wb"))
json.dump({"mean": sum(weights) / len(weights)}, open("metrics.json", "w"))
"""
STAGES = """\
stages:
  prepare:
    cmd: python src/prepare.py
    deps: [data/rows.csv, src/prepare.py]
    outs: [prepared.csv]
  train:
    cmd: python src/train.py
    deps: [prepared.csv, src/train.py]
    params: [scale]
    outs: [model.pkl]
    metrics:
    - metrics.json: {cache: false}
"""


def dvc(folder: Path, *arguments: str) -> str:
    """Run DVC in a folder; skip the test where it is not installed."""
    program = program_of("tools", "dvc")
    environ = {**os.environ, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "site")}
    done = subprocess.run(
        [str(program), *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def begin(root: Path) -> Path:
    """Make a folder a repository of git and DVC."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q")
    dvc(root, "init", "-q")
    return root


def two_stages(root: Path) -> Path:
    """Make a project whose data DVC tracks and whose two stages were run by DVC."""
    begin(root)
    rows = "a,b\n" + "".join(f"{number},{number / 7}\n" for number in range(20))
    write(
        root,
        {
            "data/rows.csv": rows,
            "src/prepare.py": PREPARE,
            "src/train.py": TRAIN,
            "params.yaml": "scale: 2e-1\nother: 1\n",
            "dvc.yaml": STAGES,
        },
    )
    dvc(root, "add", "-q", "data/rows.csv")
    dvc(root, "repro", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "trained")
    return root
