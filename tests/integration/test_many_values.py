# SPDX-License-Identifier: Apache-2.0
"""Thousands of metrics and parameters: a small baseline, a true verdict, and names where they are known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from integration.command import TRAIN_STEP, repro

CONFIG = f"""{TRAIN_STEP}inputs = ["train.py"]
params = ["params.json"]
outputs = ["metrics.json"]

[metrics."metrics.json"]
accuracy = {{ goal = "max" }}
"""
TRAIN = """\
import json

values = {f"epoch.{n:04}.loss": n / 7 for n in range(3_000)}
json.dump({"accuracy": 0.94, **values, **json.load(open("params.json"))["more"]}, open("metrics.json", "w"))
"""


def write(folder: Path, **more: float) -> None:
    names = {f"p{n:04}": n for n in range(3_000)}
    (folder / "params.json").write_text(json.dumps({"names": names, "more": more}))


def differing(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in report["claim"]["metrics"] if row["state"] != "identical"]


def test_a_baseline_of_thousands_of_values_is_small_and_says_which_differ(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(CONFIG)
    (tmp_path / "train.py").write_text(TRAIN)
    write(tmp_path)
    assert repro(tmp_path, "verify", "-q").returncode == 3
    assert repro(tmp_path, "accept").returncode == 0
    assert (tmp_path / "repro.baseline.json").stat().st_size < 64 << 10
    assert repro(tmp_path, "verify", "-q").returncode == 0
    assert "materials match" in repro(tmp_path, "status").stdout

    write(tmp_path, **{"epoch.2999.loss": 0.5})
    known = json.loads(repro(tmp_path, "verify", "--json").stdout)
    assert known["verdict"] == "changed"
    (row,) = differing(known)
    assert row["further"]
    assert row["name"].endswith("further metrics differs: epoch.2999.loss")
    assert "params.json: more.epoch.2999.loss" in {found["name"] for found in known["claim"]["materials"]}

    shutil.rmtree(tmp_path / ".repro")
    unknown = json.loads(repro(tmp_path, "verify", "--json").stdout)
    assert unknown["verdict"] == "changed"
    (row,) = differing(unknown)
    assert row["name"].startswith("at least one of ")
    assert ["[…]"] == [found["name"] for found in unknown["claim"]["materials"]]
    assert "further parameters" in unknown["headline"]
    assert "which are not listed one by one" in repro(tmp_path, "status").stdout

    write(tmp_path)
    assert repro(tmp_path, "verify", "-q").returncode == 0


def test_a_first_run_beside_thousands_of_values_agrees_with_itself(tmp_path: Path) -> None:
    """Values take room of an artifact's lines: both runs list it equally deep."""
    config = CONFIG.replace('outputs = ["metrics.json"]', 'outputs = ["metrics.json", "model.json"]')
    (tmp_path / "repro.toml").write_text(config)
    model = "{f'block{b:02}': {f'layer{n:02}': [n, b] for n in range(12)} for b in range(12)}"
    bytes_differ = "' ' * (time.time_ns() % 1_000_003 % 5_000)"
    (tmp_path / "train.py").write_text(
        f"{TRAIN}import time\nopen('model.json', 'w').write(json.dumps({model}) + {bytes_differ})\n"
    )
    write(tmp_path)
    report = json.loads(repro(tmp_path, "verify", "--json").stdout)
    assert ("no_baseline", "") == (report["verdict"], report["flavour"])
    assert "two runs here agree" in report["headline"]
