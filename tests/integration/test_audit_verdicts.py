# SPDX-License-Identifier: Apache-2.0
"""What `repro verify` reports of what the audit saw."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from integration.command import repro


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    here = Path(__file__).parents[1] / "e2e" / "tiny"
    shutil.copytree(here, tmp_path / "tiny", ignore=shutil.ignore_patterns(".repro", "__pycache__"))
    ridge = tmp_path / "tiny" / "ridge.py"
    ridge.write_text(ridge.read_text().replace("default_rng(seed)", "default_rng()"))
    return tmp_path / "tiny"


def verified(folder: Path) -> dict[str, object]:
    return json.loads(repro(folder, "verify", "-q", "--json").stdout)


def test_a_flaky_run_names_the_line_where_randomness_entered(tiny):
    verified(tiny)
    assert 0 == repro(tiny, "accept", "--force").returncode
    report = verified(tiny)
    line = next(
        number
        for number, text in enumerate((tiny / "ridge.py").read_text().splitlines(), start=1)
        if "default_rng()" in text
    )
    expected = f"ridge.py:{line} numpy.random.default_rng() without a seed → pass the seed"
    assert ("drifted", "flaky") == (report["verdict"], report["flavour"])
    assert expected == report["causes"][1]["text"]
    seen = [item for item in report["observations"] if item["kind"] == "generator"]
    assert {"train", "evaluate"} == {item["step"] for item in seen}
    assert {("ridge.py", line, 1)} == {(item["file"], item["line"], item["count"]) for item in seen}
    assert [("train", "ridge.py", line)] == [
        (found["step"], found["file"], found["line"]) for found in report["findings"]
    ]


def test_the_policy_is_a_material_and_its_refusal_the_cause_of_a_failed_step(tiny):
    config = tiny / "repro.toml"
    verified(tiny)
    assert 0 == repro(tiny, "accept", "--force").returncode
    config.write_text(config.read_text().replace('"record"', '"seed"'))
    report = verified(tiny)
    assert ("changed", "entropy") == (report["verdict"], report["causes"][0]["name"])
    config.write_text(config.read_text().replace('"seed"', '"forbid"'))
    report = verified(tiny)
    assert "failed" == report["verdict"]
    assert "numpy.random.default_rng() draws randomness that nobody seeded" in report["error"]["why"]


def test_a_file_that_a_step_was_seen_to_read_and_does_not_declare_is_a_warning(tiny):
    (tiny / "extra").mkdir()
    (tiny / "extra" / "mean.txt").write_text("1\n")
    config = tiny / "repro.toml"
    # Where a sandbox works, the file would not be there.
    text = config.read_text()
    config.write_text(
        text.replace("[sandbox]\n", '[sandbox]\nfiles = "any"\n')
        if "[sandbox]" in text
        else text + '\n[sandbox]\nfiles = "any"\n'
    )
    train = tiny / "train.py"
    train.write_text(train.read_text() + 'open("/".join(["extra", "mean.txt"])).close()\n')
    warnings = [warning["what"] for warning in verified(tiny)["warnings"]]
    assert "step train read files that no step declares: extra/mean.txt" in warnings
