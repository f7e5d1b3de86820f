# SPDX-License-Identifier: Apache-2.0
"""Small repositories with a base commit and head, whose metrics are known by arithmetic."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

CONFIG = """\
version = 1
name = "wine"
seed = {seed}

[sandbox]
network = true
files = "any"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "wine.csv"]
params = ["params.toml"]
outputs = ["out/metrics.json"]

[metrics."out/metrics.json"]
score = {{ goal = "max" }}
"""
TRAIN = """\
import json, os, tomllib
rows = [float(line) for line in open("wine.csv").read().split()[1:]]
params = tomllib.load(open("params.toml", "rb"))
seed = int(os.environ["REPRO_SEED"])
mean = sum(rows) / len(rows)
os.makedirs("out", exist_ok=True)
score = {formula}
json.dump({{"score": score, "rows": len(rows)}}, open("out/metrics.json", "w"))
"""
FORMULA = "mean + params['lr'] * params['depth'] + seed"

BASE = {
    "repro.toml": CONFIG.format(seed=41),
    "train.py": TRAIN.format(formula=FORMULA),
    "wine.csv": "x\n1\n2\n3\n",
    "params.toml": "lr = 0.5\ndepth = 4\n",
    ".gitignore": "out/\n.repro/\n",
}
"""Score 2 + 0.5 * 4 + 41 = 45."""


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    for name, content in files.items():
        place = folder / name
        if content is None:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def commit(folder: Path, files: Mapping[str, str | None]) -> str:
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a change", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def changed(
    folder: Path, head: Mapping[str, str | None], base: Mapping[str, str | None] | None = None
) -> Path:
    """Make a repository whose base commit is `BASE`, changed by `base`, and whose head changes it further."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {**BASE, **(base or {})})
    commit(folder, head)
    return folder
