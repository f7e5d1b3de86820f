# SPDX-License-Identifier: Apache-2.0
"""Projects of Kedro, Hydra, MLflow, DVC on Windows and others: their own files say how they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.init.repositories import SKLEARN, pin, proposed, write

from repro_action.errors import ConfigError
from repro_action.flows.init import initialise, make_proposals
from repro_action.init.propose import propose
from repro_action.init.survey import survey

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


def test_servers_are_named_where_there_is_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"dags/main.py": "from airflow import DAG\nDAG('a')\n"})
    assert "Servers and schedulers do not: dags/main.py." in propose(survey(tmp_path), pin).notes[0]
