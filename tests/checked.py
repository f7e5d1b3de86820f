# SPDX-License-Identifier: Apache-2.0
"""A project with an accepted model, made without training: for tests and benches of `repro check`."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.fingerprint import Fingerprint
from repro_action.flows.check import CheckOptions, check
from repro_action.listing import flatten
from repro_action.progress import Silent
from repro_action.report.check_model import CheckReport
from repro_action.runs.products import read_elsewhere
from repro_action.runs.project import Project

CLASS = "x86_64-v3"
CONFIG = """\
version = 1
name = "iris"
seed = 1
[environment]
backend = "current"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = [{outputs}]
"""


def accepted(root: Path, *outputs: str, extra: str = "", platform: str = CLASS) -> Project:
    """Return a project whose baseline accepts outputs that lie in its folder."""
    quoted = ", ".join(f'"{output}"' for output in outputs)
    (root / "repro.toml").write_text(CONFIG.format(outputs=quoted) + extra)
    (root / "train.py").write_text("")
    project = Project.open(root, None)
    products = {}
    for output in outputs:
        product, node = read_elsewhere(project.config, output, root / output, step="train")
        products[output] = replace(product, leaves=flatten(node))
    write_baseline(project, {platform: products})
    return project


def write_baseline(project: Project, platforms: Mapping[str, Mapping[str, object]]) -> None:
    """Write a baseline with the products of each class."""
    fingerprints = {
        name: Fingerprint(
            platform=name, steps=("train",), materials={}, products=products, metrics={}, circumstances={}
        )
        for name, products in platforms.items()
    }
    project.config.baseline_path.write_text(dump(Baseline(name="iris", platforms=fingerprints)))


def commit(root: Path, message: str = "x") -> str:
    """Commit the baseline, and return the commit."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(root)]
    if not (root / ".git").exists():
        subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "repro.baseline.json"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", message], check=True)
    return subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def checked(project: Project, subject: Path | str, **options: str) -> CheckReport:
    """Return what `repro check` says of a subject."""
    return check(project, str(subject), CheckOptions(**options), Silent())
