# SPDX-License-Identifier: Apache-2.0
"""A project that trains in a hundredth of a second, for scenes of which there are many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from publish.staged import git

CONFIG = f"""\
version = 1
name = "churn"
seed = 1

[environment]
backend = "current"

[sandbox]
network = false

[[data]]
path = "rows.csv"
digest = "blake3:{"0" * 64}"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "rows.csv"]
params = ["params.toml"]
outputs = ["out/model.json", "out/metrics.json"]

[metrics."out/metrics.json"]
accuracy = {{ goal = "max" }}
loss = {{ goal = "min" }}
"""

TRAIN = """\
import json
import tomllib
from pathlib import Path

rows = [float(line) for line in Path("rows.csv").read_text().split()[1:]]
l2 = tomllib.loads(Path("params.toml").read_text())["l2"]
weight = sum(rows) / (len(rows) + l2)
out = Path("out")
out.mkdir(exist_ok=True)
(out / "model.json").write_text(json.dumps({"weight": weight}))
metrics = {"accuracy": 0.9 - l2, "loss": abs(weight - 2.5)}
(out / "metrics.json").write_text(json.dumps(metrics))
"""

FILES = {
    "repro.toml": CONFIG,
    "train.py": TRAIN,
    "params.toml": "# how strong\nl2 = 0.001\n",
    "rows.csv": "x\n" + "\n".join(map(str, range(1, 6))) + "\n",
    ".gitignore": ".repro/\nout/\n__pycache__/\n",
}


def write(folder: Path) -> None:
    """Write the project, with its data pinned."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    repro(folder, "pin", "rows.csv")


def accepted(folder: Path) -> Path:
    """Write a repository whose `main` has the project with its baseline."""
    write(folder)
    git(folder, "init", "-qb", "main")
    repro(folder, "verify", "-q")
    repro(folder, "accept")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "accepted")
    return folder


def repro(folder: Path, *arguments: str) -> None:
    """Run a command as on a laptop."""
    away = ("GITHUB_", "REPRO_INPUT_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    environ["PATH"] = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    subprocess.run(["repro", *arguments], cwd=folder, check=False, capture_output=True, env=environ)
