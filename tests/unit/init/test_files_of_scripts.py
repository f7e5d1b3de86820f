# SPDX-License-Identifier: Apache-2.0
"""What scripts, libraries and settings say of files: what is read, made, fetched, or neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import SKLEARN, pin, proposed, write

from repro_action.config.load import parse
from repro_action.config.model import Config, printed_path
from repro_action.init.propose import Proposal, make_init_plan, propose
from repro_action.init.survey import survey


def loaded(root: Path) -> tuple[Proposal, Config]:
    """Return what is proposed, though its data has yet to be fetched."""
    proposal = propose(survey(root), pin)
    return proposal, parse(proposal.text, root / "repro.toml")


def test_an_address_that_is_read_becomes_a_source(tmp_path: Path) -> None:
    text = SKLEARN + "import pandas as pd\nURL = 'https://example.org/rows.csv'\nframe = pd.read_csv(URL)\n"
    write(tmp_path, {"train.py": text + 'joblib.dump(Ridge(), "m.joblib")\n'})
    proposal, config = loaded(tmp_path)
    assert [("data/rows.csv", "https://example.org/rows.csv")] == [
        (data.path, data.source) for data in config.unpinned
    ]
    assert "data/rows.csv" in config.steps[0].inputs
    assert not proposal.ready
    assert [note for note in proposal.notes if "Read data/rows.csv instead" in note]


def test_a_download_to_a_file_makes_that_file_the_data(tmp_path: Path) -> None:
    text = (
        SKLEARN
        + "from urllib.request import urlretrieve\nurlretrieve('https://example.org/x', 'raw/rows.csv')\n"
    )
    write(tmp_path, {"train.py": text + 'joblib.dump(open("raw/rows.csv").read(), "m.joblib")\n'})
    _, config = loaded(tmp_path)
    assert ["raw/rows.csv"] == [data.path for data in config.unpinned]


def test_code_behind_a_folder_of_many_files_is_found(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(1_200):
        (images / f"{number}.png").touch()
    (images / "zz_helper.py").touch()
    found = survey(tmp_path)
    assert found.complete
    assert "images/zz_helper.py" in found.files
    assert 1_000 >= len(found.files)


def test_a_file_that_only_a_library_opens_is_an_input(tmp_path: Path) -> None:
    text = "import lightgbm as lgb\nimport mylib\nmylib.load('extra/blob.bin')\nlgb.train({}, lgb.Dataset('train.csv')).save_model('m.txt')\n"
    write(tmp_path, {"train.py": text, "train.csv": "1\n", "extra/blob.bin": "1\n"})
    proposal, config = proposed(tmp_path)
    assert ("train.py", "train.csv", "extra/blob.bin") == config.steps[0].inputs
    assert [note for note in proposal.notes if "names extra/blob.bin" in note]


def test_a_path_in_a_table_of_settings_is_an_output(tmp_path: Path) -> None:
    text = (
        SKLEARN
        + 'import yaml\ncfg = yaml.safe_load(open("conf.yaml"))\njoblib.dump(1, cfg["model"]["path"])\n'
    )
    files = {"train.py": text, "conf.yaml": "model: {path: out/m.joblib}\n"}
    assert ("out/m.joblib",) == proposed(write(tmp_path, files))[1].steps[0].outputs


@pytest.mark.parametrize(
    ("condition", "outputs"), [("best > 1", ("model.pt",)), ("args.save_model", (printed_path("train"),))]
)
def test_a_model_under_a_condition_is_an_output_unless_a_flag_asks_for_it(
    tmp_path: Path, condition: str, outputs: tuple[str, ...]
) -> None:
    text = f"""
        import argparse, torch
        parser = argparse.ArgumentParser()
        parser.add_argument("--save-model", action="store_true")
        args = parser.parse_args()
        best = 2
        print(best)
        if {condition}:
            torch.save(best, "model.pt")
        """
    proposal, config = proposed(write(tmp_path, {"train.py": text}))
    assert outputs == config.steps[0].outputs
    assert [note for note in proposal.notes if "model.pt under a condition" in note]


def test_names_of_a_star_import_and_fields_of_a_made_configuration_are_followed(tmp_path: Path) -> None:
    files = {
        "config.py": 'RAW = "data/rows.csv"\n',
        "settings.yaml": "ingestion: {root: a}\ntrainer: {root: b, model_file: out/m.joblib}\n",
        "train.py": SKLEARN
        + """
from dataclasses import dataclass
import pandas as pd
import yaml
from config import *

@dataclass
class TrainerConfig:
    model_file: str

class Trainer:
    def __init__(self, config: TrainerConfig):
        self.config = config
    def run(self):
        joblib.dump(Ridge().fit(pd.read_csv(RAW), 1), self.config.model_file)

section = yaml.safe_load(open("settings.yaml"))["trainer"]
Trainer(TrainerConfig(model_file=section.model_file)).run()
""",
        "data/rows.csv": "1\n",
    }
    _, config = proposed(write(tmp_path, files))
    (step,) = config.steps
    assert ("out/m.joblib",) == step.outputs
    assert "data/rows.csv" in step.inputs


def test_folders_of_results_that_settings_name_are_no_data(tmp_path: Path) -> None:
    files = {
        "train.py": SKLEARN + 'import yaml\nyaml.safe_load(open("conf.yaml"))\njoblib.dump(1, "m.joblib")\n',
        "conf.yaml": "stage: {root: artifacts/data}\nraw: {root: data, file: data/rows.csv}\n",
        "artifacts/data/x.csv": "1\n",
        "data/rows.csv": "1\n",
    }
    made = make_init_plan(survey(write(tmp_path, files)))
    assert made is not None
    assert ("train.py", "data/rows.csv") == made.steps[0].inputs


def test_a_folder_that_a_script_fills_and_reads_back_is_no_input(tmp_path: Path) -> None:
    text = (
        SKLEARN
        + """
import sys
open("work/a.csv", "w")
open("work/" + sys.argv[1]).read()
joblib.dump(1, "m.joblib")
"""
    )
    _, config = proposed(write(tmp_path, {"train.py": text, "work/a.csv": "1\n"}))
    assert ("train.py",) == config.steps[0].inputs


def test_what_an_imported_script_makes_is_read_and_not_written(tmp_path: Path) -> None:
    prepare = """
        def save():
            open("rows.csv", "w").write(open("raw.csv").read())
        def load():
            return open("rows.csv").read()
        if __name__ == "__main__":
            save()
        """
    train = SKLEARN + 'import prepare\njoblib.dump(prepare.load(), "m.joblib")\nprepare.save\n'
    files = {"prepare.py": prepare, "train.py": train, "raw.csv": "1\n", "rows.csv": "1\n"}
    _, config = proposed(write(tmp_path, files))
    assert [("prepare", ("rows.csv",)), ("train", ("m.joblib",))] == [
        (step.name, step.outputs) for step in config.steps
    ]
    assert "rows.csv" in config.steps[1].inputs
