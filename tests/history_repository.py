# SPDX-License-Identifier: Apache-2.0
"""A git repository with three models, ten accepted baselines and one hostile one, the same on every machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from factories import digest_of, make_fingerprint, make_leaf, make_product

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.fingerprint import MaterialKind
from repro_action.noise.materials import materials_digest
from repro_action.noise.record import QUANTILES, MetricNoise, NoiseRecord

EVIL = "<script>alert(1)</script> \"' & \u202eevil"
HOSTILE = '{"version": 1, "name": "wine", "platforms": {"</script><img src=x onerror=alert(2)>": [[['

_CONFIG = """version = 1
name = {name}
environment = {{ backend = "current" }}

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out/model.joblib", "out/metrics.json"]

[metrics."out/metrics.json"]
accuracy = {{ goal = "max" }}
log_loss = {{ goal = "min" }}
"""

_VARIABLES = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class HistoryRepository:
    """A repository in a folder, with one commit a day."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.day = 0
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        date = f"2026-03-{self.day + 1:02}T12:00:00+0000"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        command = ["git", "-c", "commit.gpgsign=false", *arguments]
        environ = {**os.environ, **_VARIABLES, **dates}
        done = subprocess.run(command, cwd=self.root, env=environ, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        self.day += 1
        return self.git("rev-parse", "HEAD")

    def model(self, folder: str, name: str) -> None:
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self.write(f"{folder}/repro.toml", _CONFIG.format(name=quoted))

    def accept(self, folder: str, baseline: Baseline, subject: str) -> str:
        self.write(f"{folder}/repro.baseline.json", dump(baseline))
        return self.commit(subject)


def baseline(
    name: str, accuracy: float, *, content: str = "x", depth: int = 4, noisy: bool = False, **changes: object
) -> Baseline:
    """Return a baseline of one class, with a metric that has a goal, one more, and a material."""
    fingerprint = make_fingerprint(
        materials={
            MaterialKind.CODE: {"train.py": str(digest_of(f"code {depth}", "blake3"))},
            MaterialKind.PARAMS: {"params.toml: max_depth": depth},
        },
        products={"out/model.joblib": make_product({"coef_": make_leaf(content)})},
        metrics={"out/metrics.json": {"accuracy": accuracy, "log_loss": round(1 - accuracy, 4)}},
        **changes,
    )
    made = Baseline(name=name, platforms={fingerprint.platform: fingerprint})
    if not noisy:
        return made
    quantiles = dict.fromkeys(QUANTILES, accuracy)
    measured = MetricNoise(count=20, mean=accuracy - 0.01, deviation=0.012, quantiles=quantiles)
    record = NoiseRecord(
        materials=materials_digest(fingerprint, ()),
        seeds=tuple(range(20)),
        metrics={"out/metrics.json": {"accuracy": measured}},
    )
    return made.with_noise(fingerprint.platform, record)


def build(root: Path) -> HistoryRepository:
    """Make the repository: `wine` with seven baselines, `churn` with two, one with hostile names with one."""
    made = HistoryRepository(root)
    for folder, name in (("models/wine", "wine"), ("models/churn", "churn"), ("models/odd", EVIL)):
        made.model(folder, name)
    made.commit("Three models")
    for number, accuracy in enumerate((0.91, 0.93, 0.92)):
        made.accept(
            "models/wine", baseline("wine", accuracy, content=str(number), depth=3 + number), f"Wine {number}"
        )
    made.accept("models/churn", baseline("churn", 0.8), "Churn is accepted")
    made.write("models/wine/repro.baseline.json", HOSTILE)
    made.commit(EVIL)
    for number, accuracy in enumerate((0.94, 0.95, 0.97, 0.965)):
        made.accept(
            "models/wine",
            baseline("wine", accuracy, content=f"b{number}", depth=6, noisy=True),
            f"Deeper trees, try {number}",
        )
    made.accept("models/churn", baseline("churn", 0.82, content="y"), "Churn again")
    made.accept("models/odd", baseline(EVIL, 0.5), EVIL)
    made.git("remote", "add", "origin", "https://x-access-token:secret@github.com/acme/models.git")
    return made
