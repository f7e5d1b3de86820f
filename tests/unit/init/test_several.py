# SPDX-License-Identifier: Apache-2.0
"""Several models in one repository: each is its own project, unless one script is clearly the entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from repro_action.errors import ConfigError
from repro_action.flows.init import initialise
from repro_action.init.several import homes
from repro_action.init.survey import survey

TRAIN = """
import json, yaml
import pandas as pd
from sklearn.linear_model import Ridge

params = yaml.safe_load(open("params.yaml"))
frame = pd.read_csv("data/rows.csv")
model = Ridge().fit(frame, frame)
json.dump({"r2": 1}, open("metrics.json", "w"))
"""
MODEL = {"train.py": TRAIN, "params.yaml": "alpha: 1\n", "data/rows.csv": "1\n"}


def write(root: Path, folders: Mapping[str, Mapping[str, str]]) -> Path:
    for folder, files in folders.items():
        for name, text in files.items():
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return root


def test_models_that_run_in_their_own_folders_are_proposed_there(tmp_path: Path) -> None:
    write(tmp_path, {"models/churn": MODEL, "models/upsell": MODEL})
    with pytest.raises(ConfigError) as raised:
        initialise(tmp_path, force=False, dry=False)
    assert "several models" in raised.value.what
    assert "`repro -C models/churn init`, `repro -C models/upsell init`" in raised.value.remedy
    assert not (tmp_path / "repro.toml").exists()


def test_each_of_several_models_is_proposed_in_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path, {"models/churn": MODEL, "models/upsell": MODEL})
    done = initialise(tmp_path / "models" / "churn", force=False, dry=True)
    assert done.proposal.ready


def test_models_that_have_a_configuration_are_not_asked_for_again(tmp_path: Path) -> None:
    write(tmp_path, {"models/churn": {**MODEL, "repro.toml": ""}, "models/upsell": MODEL})
    with pytest.raises(ConfigError) as raised:
        initialise(tmp_path, force=False, dry=False)
    assert "`repro -C models/upsell init`" in raised.value.remedy
    assert "churn" not in raised.value.remedy


def test_models_that_all_have_a_configuration_need_only_the_workflow(tmp_path: Path) -> None:
    table = {**MODEL, "repro.toml": ""}
    write(tmp_path, {"models/churn": table, "models/upsell": table})
    with pytest.raises(ConfigError) as raised:
        initialise(tmp_path, force=False, dry=False)
    assert "`repro init --workflow`" in raised.value.remedy


def test_a_script_deep_in_a_model_belongs_to_the_folder_that_holds_what_it_reads(tmp_path: Path) -> None:
    table = {("src/train.py" if name == "train.py" else name): text for name, text in MODEL.items()}
    write(tmp_path, {"models/churn": table, "upsell": table})
    assert ("models/churn", "upsell") == homes(survey(tmp_path))


@pytest.mark.parametrize(
    "folders",
    [
        {"models/churn": MODEL},
        {"": MODEL, "models/upsell": MODEL},
        {"": {"params.yaml": "", "data/rows.csv": "1"}, "a": {"train.py": TRAIN}, "b": {"train.py": TRAIN}},
        {"": MODEL, "tools": {"fit.py": TRAIN}, "other": {"train.py": TRAIN}},
        {"models/churn": MODEL, "scrape": {"go.py": "open(open('urls.txt').read(), 'w')\n", "urls.txt": "x"}},
        {"models/churn": {**MODEL, "fit_more.py": TRAIN}},
        {"a": {"train.py": TRAIN}, "b": {"train.py": TRAIN}},
    ],
    ids=["one", "the top", "data at the top", "tools", "a scraper", "one folder", "no data"],
)
def test_one_entry_stays_one_project(tmp_path: Path, folders: Mapping[str, Mapping[str, str]]) -> None:
    assert () == homes(survey(write(tmp_path, folders)))


def test_odd_folders_are_quoted_and_many_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {f"models of {number:02}": MODEL for number in range(12)})
    with pytest.raises(ConfigError) as raised:
        initialise(tmp_path, force=False, dry=True)
    assert "`repro -C 'models of 00' init`" in raised.value.remedy
    assert "and 2 more" in raised.value.remedy
