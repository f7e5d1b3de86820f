# SPDX-License-Identifier: Apache-2.0
"""Projects of Kedro, Hydra, MLflow, DVC on Windows and others: their own files say how they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import pin, proposed, write

from repro_action.config.load import parse
from repro_action.config.model import Config, printed_path
from repro_action.errors import ConfigError
from repro_action.flows.init import initialise, make_proposals
from repro_action.init.propose import Proposal, make_init_plan, propose
from repro_action.init.survey import survey

SKLEARN = "import joblib\nfrom sklearn.linear_model import Ridge\n"

KEDRO = {
    "pyproject.toml": """
        [tool.kedro]
        package_name = "flights"
        """,
    "conf/base/catalog.yml": """
        companies: {type: pandas.CSVDataset, filepath: data/01_raw/companies.csv}
        shuttles: {type: pandas.CSVDataset, filepath: data/01_raw/shuttles.csv}
        table: {type: pandas.CSVDataset, filepath: data/03_primary/table.csv}
        regressor: {type: pickle.PickleDataset, filepath: data/06_models/regressor.pickle, versioned: true}
        metrics: {type: json.JSONDataset, filepath: data/08_reporting/metrics.json}
        remote: {type: pandas.CSVDataset, filepath: "s3://bucket/a.csv"}
        "{name}_plot": {type: plotly.JSONDataset, filepath: "data/{name}.json"}
        """,
    "conf/base/parameters.yml": "test_size: 0.2\n",
    "conf/base/credentials.yml": "key: 1\n",
    "src/flights/pipeline.py": """
        from kedro.pipeline import Pipeline, node
        def create_pipeline():
            return Pipeline([
                node(func=prepare, inputs=["companies", "shuttles"], outputs="table", name="prepare"),
                node(train, ["table", "params:options"], "regressor"),
                node(func=evaluate, inputs={"model": "regressor"}, outputs=["metrics", "note"]),
            ])
        """,
    "data/01_raw/companies.csv": "1\n",
    "data/01_raw/shuttles.csv": "1\n",
}


def test_a_kedro_project_is_one_step_with_what_its_catalog_and_nodes_say(tmp_path: Path) -> None:
    proposal, config = proposed(write(tmp_path, KEDRO))
    (step,) = config.steps
    assert ("python", "-m", "kedro", "run") == step.run
    assert ("data/08_reporting/metrics.json", "data/03_primary/table.csv") == tuple(
        sorted(step.outputs, reverse=True)
    )
    assert ["data/01_raw/companies.csv", "data/01_raw/shuttles.csv"] == [data.path for data in config.data]
    assert ("conf/base/parameters.yml",) == step.params
    assert {"pyproject.toml", "src", "conf/base/catalog.yml"} <= set(step.inputs)
    assert "credentials" not in proposal.text
    assert [note for note in proposal.notes if "regressor is versioned" in note]


@pytest.mark.parametrize("text", ["[", "- a\n", "a: &a [*a]\n", "\0", "{{ jinja }}"])
def test_a_catalog_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "conf/base").mkdir(parents=True)
    write(tmp_path, {**KEDRO, "conf/base/catalog.yml": text})
    assert not propose(survey(tmp_path), pin).ready


def test_a_kedro_project_in_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path, {f"flights/{name}": text for name, text in KEDRO.items()})
    with pytest.raises(ConfigError, match="folder of its own, flights") as raised:
        initialise(tmp_path, force=False, dry=False)
    assert "`repro -C flights init`" in raised.value.remedy


HYDRA = """
import hydra
from sklearn.linear_model import Ridge
@hydra.main(version_base=None, config_path="../configs", config_name="train")
def main(cfg):
    Ridge().fit(cfg.x, cfg.y)
if __name__ == "__main__":
    main()
"""


def test_a_script_of_hydra_gets_its_configuration_and_a_folder_of_a_fixed_name(tmp_path: Path) -> None:
    files = {"src/train.py": HYDRA, "configs/train.yaml": "x: 1\n", "configs/model/a.yaml": "b: 1\n"}
    proposal, config = proposed(write(tmp_path, files))
    (step,) = config.steps
    assert "hydra.run.dir=out" in step.run
    assert ("configs", ("configs/train.yaml",), ("out",)) == (step.inputs[-1], step.params, step.outputs)
    assert [note for note in proposal.notes if "the time in its name" in note]
    assert "# to check: Hydra writes" in proposal.text


def test_an_mlproject_says_how_its_script_runs(tmp_path: Path) -> None:
    files = {
        "MLproject": """
            name: wine
            entry_points:
              other: {command: "python other.py"}
              main:
                parameters:
                  alpha: {type: float, default: 0.5}
                  data: {type: path, default: data/rows.csv}
                command: "python train.py --alpha {alpha} --data {data}"
            """,
        "train.py": SKLEARN
        + """
        import argparse
        import pandas as pd
        p = argparse.ArgumentParser()
        p.add_argument("--alpha"), p.add_argument("--data")
        a = p.parse_args()
        joblib.dump(Ridge().fit(pd.read_csv(a.data), 1), "model.joblib")
        """.replace("\n        ", "\n"),
        "data/rows.csv": "1\n",
    }
    _, config = proposed(write(tmp_path, files))
    (step,) = config.steps
    assert ("python", "train.py", "--alpha", "0.5", "--data", "data/rows.csv") == step.run
    assert "data/rows.csv" in step.inputs


@pytest.mark.parametrize("text", ["[", "- a\n", "entry_points: 3\n", "entry_points: {main: {command: 3}}\n"])
def test_an_mlproject_that_cannot_be_read_says_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"MLproject": text, "train.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n'})
    assert ("python", "train.py") == proposed(tmp_path)[1].steps[0].run


def test_a_script_that_pyproject_names_goes_before_others(tmp_path: Path) -> None:
    text = SKLEARN + 'if __name__ == "__main__":\n    joblib.dump(Ridge(), "{}.joblib")\n'
    files = {
        "pyproject.toml": '[project]\nname = "p"\n[project.scripts]\nfit = "wine.zeta:main"\n',
        "wine/alpha.py": text.format("a"),
        "wine/zeta.py": text.format("z"),
    }
    assert "wine/zeta.py" == propose(survey(write(tmp_path, files)), pin).candidates[0]


@pytest.mark.parametrize(
    "server",
    [
        "from flask import Flask\nimport joblib, sklearn\napp = Flask(__name__)\nmodel = joblib.load('m.joblib')\napp.run()\n",
        "import fastapi, uvicorn\nuvicorn.run(fastapi.FastAPI())\n",
        "import streamlit as st\nfrom sklearn.linear_model import Ridge\nst.write(Ridge().fit([[1]], [1]))\n",
        "from airflow import DAG\nDAG('train')\n",
    ],
)
def test_a_server_is_no_training(tmp_path: Path, server: str) -> None:
    write(tmp_path, {"main.py": server, "prepare.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n'})
    proposal, config = proposed(tmp_path)
    assert ["prepare"] == [step.name for step in config.steps]
    assert "main.py" not in proposal.candidates


def test_a_server_that_is_asked_for_is_proposed(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": "from flask import Flask\nprint(Flask(__name__))\n"})
    (named,) = make_proposals(tmp_path, force=True, scripts=(tmp_path / "main.py",))
    assert "main.py" in named.proposal.text


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


def test_stages_that_were_written_on_windows_have_slashes(tmp_path: Path) -> None:
    files = {
        "dvc.yaml": """
            stages:
              train:
                cmd: python src\\train.py
                deps: [data\\rows.csv]
                outs: [out\\model.joblib]
            """,
        "src/train.py": SKLEARN + 'joblib.dump(Ridge(), "out/model.joblib")\n',
        "data/rows.csv": "1\n",
    }
    _, config = proposed(write(tmp_path, files))
    (step,) = config.steps
    assert ("python", "src/train.py") == step.run
    assert ({"data/rows.csv", "src/train.py"}, ("out/model.joblib",)) == (set(step.inputs), step.outputs)


def test_a_template_of_a_project_is_no_project(tmp_path: Path) -> None:
    write(tmp_path, {"{{ cookiecutter.name }}/train.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n'})
    assert "" == propose(survey(tmp_path), pin).text


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


def test_keys_are_named_and_never_proposed(tmp_path: Path) -> None:
    text = SKLEARN + 'open(".env").read()\njoblib.dump(Ridge(), "m.joblib")\n'
    proposal, config = proposed(write(tmp_path, {"train.py": text, ".env": "A=1\n"}))
    assert ((), ("train.py",)) == (config.data, config.steps[0].inputs)
    assert [note for note in proposal.notes if ".env, which may hold keys" in note]


def test_a_path_in_a_table_of_settings_is_an_output(tmp_path: Path) -> None:
    text = (
        SKLEARN
        + 'import yaml\ncfg = yaml.safe_load(open("conf.yaml"))\njoblib.dump(1, cfg["model"]["path"])\n'
    )
    files = {"train.py": text, "conf.yaml": "model: {path: out/m.joblib}\n"}
    assert ("out/m.joblib",) == proposed(write(tmp_path, files))[1].steps[0].outputs


def test_steps_that_do_not_go_together_are_not_proposed_together(tmp_path: Path) -> None:
    text = SKLEARN + 'import json\nopen("rows.csv")\njson.dump(1, open("metrics.json", "w"))\n'
    maker = 'open("rows.csv", "w")\nopen("metrics.json", "w")\n'
    write(tmp_path, {"train.py": text, "prepare.py": maker})
    proposal, config = proposed(tmp_path)
    assert ["train"] == [step.name for step in config.steps]
    assert "" == proposal.problem


MAKE = """\
DATA = data/rows.csv
all: out/model.joblib out/report.html

out/train.csv out/test.csv: split.py $(DATA)
\tpython split.py $(DATA) \\
\t\t--out out

out/model.joblib: train.py out/train.csv
\t@python train.py

out/score.csv: score.py out
\tpython score.py

out/report.html: report.md
\tjupyter-book build report

clean:
\trm -rf out
%.o: %.c
\tcc $<
"""


def test_the_rules_of_a_makefile_that_make_files_are_steps(tmp_path: Path) -> None:
    files = {
        **dict.fromkeys(("split.py", "score.py"), "print(1)\n"),
        "train.py": SKLEARN + "print(1)\n",
        "data/rows.csv": "1\n",
    }
    write(tmp_path, files)
    (tmp_path / "Makefile").write_text(MAKE)
    _, config = proposed(tmp_path)
    assert ["train", "model", "score"] == [step.name for step in config.steps]
    split, train, score = config.steps
    assert ("python", "split.py", "data/rows.csv", "--out", "out") == split.run
    assert ("out/train.csv", "out/test.csv") == split.outputs
    assert ({"train.py", "out/train.csv"}, ("out/model.joblib",)) == (set(train.inputs), train.outputs)
    assert {"score.py", "out/train.csv", "out/test.csv", "out/model.joblib"} == set(score.inputs)
    assert ["data/rows.csv"] == [data.path for data in config.data]


@pytest.mark.parametrize(
    "text", [MAKE.replace("train.py", "gone.py"), "all:\n\tpython train.py\n", ":::\n\t\n", "a b\\"]
)
def test_another_makefile_only_says_how_scripts_run(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"train.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n', "split.py": "print(1)\n"})
    (tmp_path / "Makefile").write_text(text)
    assert ["train"] == [step.name for step in proposed(tmp_path)[1].steps]


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


def test_servers_are_named_where_there_is_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"dags/main.py": "from airflow import DAG\nDAG('a')\n"})
    assert "Servers and schedulers do not: dags/main.py." in propose(survey(tmp_path), pin).notes[0]


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


def test_models_whose_scripts_have_one_name_are_two_configurations(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path, {f"{folder}/train.py": SKLEARN + f'joblib.dump(Ridge(), "{folder}/m.joblib")\n'})
    scripts = tuple(tmp_path / folder / "train.py" for folder in ("a", "b"))
    found = make_proposals(tmp_path, force=False, scripts=scripts)
    assert ["repro-train.toml", "repro-train-2.toml"] == [named.path.name for named in found]


def test_a_script_whose_name_begins_with_a_hyphen_is_no_option(tmp_path: Path) -> None:
    write(tmp_path, {"-c.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n'})
    _, config = proposed(tmp_path)
    assert ("python", "./-c.py") == config.steps[0].run
    assert ("-c.py",) == config.steps[0].inputs


def test_a_table_of_passwords_is_no_parameters(tmp_path: Path) -> None:
    script = SKLEARN + 'config = "conf/secrets.yaml"\njoblib.dump(Ridge(), "m.joblib")\n'
    write(tmp_path, {"train.py": script, "conf/secrets.yaml": "password: x\n", "key.pem": "x\n"})
    _, config = proposed(tmp_path)
    assert () == config.steps[0].params
    assert ("train.py",) == config.steps[0].inputs
