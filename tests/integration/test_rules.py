# SPDX-License-Identifier: Apache-2.0
"""A change of the rules of comparison is called that, and what both sides have is compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro

HEAD = f"""{TRAIN_STEP}inputs = ["train.py"]
outputs = [OUTPUTS]
"""
TRAIN = """\
import json, pathlib, time

folder = pathlib.Path("out")
folder.mkdir(exist_ok=True)
(folder / "metrics.json").write_text(json.dumps({"accuracy": 0.94, "loss": {"last": 0.1}}))
(folder / "log.json").write_text(json.dumps({"w": [1.0, 2.0], "events": [{"at": MOMENT, "what": "fit"}]}))
"""
METRICS, LOG = '"out/metrics.json"', '"out/log.json"'
READ = '[metrics."out/metrics.json"]\n'
EVENTS = '[artifacts."out/log.json"]\nbyproducts = ["[\'events\']"]\n'


def write(folder: Path, outputs: str, rules: str = "", *, train: str = TRAIN) -> None:
    (folder / "repro.toml").write_text(HEAD.replace("OUTPUTS", outputs) + rules)
    (folder / "train.py").write_text(train.replace("MOMENT", "0.5"))


def accept(folder: Path) -> None:
    assert repro(folder, "verify", "-q").returncode == 3
    assert repro(folder, "accept").returncode == 0


def verified(folder: Path, *options: str) -> dict[str, object]:
    return json.loads(repro(folder, "verify", "--json", *options).stdout)


def without_rules(folder: Path) -> None:
    """Make the baseline one of an earlier version."""
    path = folder / "repro.baseline.json"
    baseline = json.loads(path.read_text())
    for platform in baseline["platforms"].values():
        del platform["materials"]["rules"]
    path.write_text(json.dumps(baseline))


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", READ, "rules changed: out/metrics.json is now read as metrics"),
        (READ, "", "rules changed: out/metrics.json is no longer read as metrics"),
    ],
    ids=["added", "removed"],
)
def test_a_file_that_is_read_as_metrics_or_no_longer_is_compared_by_its_values(
    tmp_path: Path, before: str, after: str, said: str, *, recorded: bool
) -> None:
    write(tmp_path, METRICS, before)
    accept(tmp_path)
    if not recorded:
        without_rules(tmp_path)
    write(tmp_path, METRICS, after)
    found = verified(tmp_path)
    assert found["verdict"] == "reproduced"
    assert said in found["headline"]
    worse = TRAIN.replace("0.94", "0.93").replace("import json", "import random, json")
    write(tmp_path, METRICS, after, train=worse)
    found = verified(tmp_path)
    assert found["verdict"] == "changed"
    assert found["causes"][0]["name"] == "train.py"


def test_without_another_material_a_new_value_is_no_matter_of_rules(tmp_path: Path) -> None:
    counted = TRAIN + 'c = folder.parent / ".repro" / "n"\n'
    counted = counted.replace("0.94", 'len(pathlib.Path("count").read_text())')
    (tmp_path / "count").write_text("a")
    write(tmp_path, METRICS, train=counted)
    accept(tmp_path)
    (tmp_path / "count").write_text("ab")
    write(tmp_path, METRICS, READ, train=counted)
    found = verified(tmp_path)
    assert (found["verdict"], found["flavour"]) == ("drifted", "stable")


def test_a_byproduct_that_was_declared_since_is_left_out_of_both_sides(tmp_path: Path) -> None:
    write(tmp_path, LOG)
    (tmp_path / "train.py").write_text(TRAIN.replace("MOMENT", "time.time()"))
    assert repro(tmp_path, "verify", "-q").returncode == 3
    assert repro(tmp_path, "accept", "--force").returncode == 0
    (tmp_path / "repro.toml").write_text(HEAD.replace("OUTPUTS", LOG) + EVENTS)
    found = verified(tmp_path)
    assert found["verdict"] == "reproduced"
    assert found["headline"].endswith("rules changed: out/log.json: byproducts [\"['events']\"] added")


def test_an_output_that_was_declared_since_is_named_as_a_rule(tmp_path: Path) -> None:
    write(tmp_path, METRICS)
    accept(tmp_path)
    write(tmp_path, f"{METRICS}, {LOG}")
    found = verified(tmp_path)
    assert found["verdict"] == "changed"
    assert found["causes"][0]["text"] == "rules changed: out/log.json is now an output of step train"
    assert {one["name"] for one in found["claim"]["strip"] if one["same"] is False} == set()


def test_a_baseline_of_an_earlier_version_is_reproduced(tmp_path: Path) -> None:
    write(tmp_path, METRICS, READ)
    accept(tmp_path)
    without_rules(tmp_path)
    found = verified(tmp_path)
    assert (found["verdict"], found["flavour"]) == ("reproduced", "")


@pytest.mark.parametrize("pattern", ["*events*", "events", "**.events", "['events']", "**events**"])
def test_a_pattern_means_what_it_says(tmp_path, pattern):
    rules = f'[artifacts."out/log.json"]\nbyproducts = ["{pattern}"]\n'
    write(tmp_path, LOG, rules)
    accept(tmp_path)
    assert json.loads((tmp_path / "repro.baseline.json").read_text()).get("version") == 1
    (tmp_path / "train.py").write_text(TRAIN.replace("MOMENT", "time.time()"))
    assert verified(tmp_path)["verdict"] == "reproduced"


def test_a_pattern_that_matches_nothing_is_an_error_that_says_what_there_is(tmp_path):
    write(tmp_path, LOG, '[artifacts."out/log.json"]\nbyproducts = ["at"]\n')
    done = repro(tmp_path, "verify")
    assert done.returncode == 2
    assert "byproducts: 'at' matches no leaf of out/log.json" in done.stdout + done.stderr
    assert "'**.at' would match at any depth" in done.stdout + done.stderr


@pytest.mark.parametrize("later", ["max_ulp = 1", 'byproducts = ["events"]'])
def test_a_pattern_of_a_rule_that_does_not_decide_names_the_one_that_does(tmp_path, later):
    write(
        tmp_path, LOG, f'[artifacts."out/*"]\nbyproducts = ["events"]\n[artifacts."out/log.json"]\n{later}\n'
    )
    done = repro(tmp_path, "verify", "--no-repeat")
    assert done.returncode == 2
    assert 'For out/log.json the later [artifacts."out/log.json"] decides' in done.stdout + done.stderr
