# SPDX-License-Identifier: Apache-2.0
"""Whole small repositories, from the survey to a configuration that loads and runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from unit.init.repositories import pin, proposed, run, write

from repro_action.config.load import load, parse
from repro_action.init.propose import propose
from repro_action.init.survey import survey

pytestmark = pytest.mark.processes  # git and the like


def test_plain_script_in_the_root(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "wine.csv": "a,b\n1,2\n",
            "requirements.txt": "scikit-learn==1.5\n",
            "train.py": """
                import csv, json, pickle
                from sklearn.linear_model import Ridge  # never imported by the survey

                SEED = 7
                if __name__ == "__main__":
                    rows = list(csv.reader(open("wine.csv")))
                    with open("model.pkl", "wb") as file:
                        pickle.dump(rows, file)
                    json.dump({"accuracy": 1.0, "loss": 0.0}, open("metrics.json", "w"))
            """,
        },
    )
    (tmp_path / "train.py").write_text(
        (tmp_path / "train.py").read_text().replace("from sklearn", "if 0: from sklearn")
    )
    proposal, config = proposed(tmp_path)
    (step,) = config.steps
    assert ("python", "train.py") == step.run
    assert ("train.py", "wine.csv") == step.inputs
    assert {"model.pkl", "metrics.json"} == set(step.outputs)
    assert ["wine.csv"] == [item.path for item in config.data]
    assert pin(tmp_path / "wine.csv") == config.data[0].digest
    assert 7 == config.seed
    rules = config.metrics["metrics.json"]
    assert {"accuracy": "max", "loss": "min"} == {name: rule.goal for name, rule in rules.items()}
    assert any("no hashes" in note for note in proposal.notes)
    assert (".repro/",) == proposal.gitignore
    assert proposal.ready
    run(config)


def test_src_layout_with_local_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "churn"\n',
            "requirements.lock": "pandas==2.2 \\\n    --hash=sha256:00\n",
            "data/raw/churn.csv": "x\n1\n",
            "params.yaml": "alpha: 0.5\n",
            "src/churn/__init__.py": "",
            "src/churn/paths.py": """
                from pathlib import Path
                ROOT = Path(__file__).resolve().parents[2] if False else Path(__file__).resolve().parent.parent.parent
                DATA = ROOT / "data" / "raw"
                OUT = ROOT / "out"
            """,
            "src/churn/io.py": """
                from .paths import DATA

                def load(name):
                    return open(DATA / name).read()

                def unused():
                    open("never.csv", "w")
            """,
            "src/churn/train.py": """
                import json
                from churn.io import load
                from churn import paths

                def main() -> None:
                    text = load("churn.csv")
                    params = open(paths.ROOT / "params.yaml").read()
                    paths.OUT.mkdir(exist_ok=True)
                    (paths.OUT / "model.joblib").write_text(text + params)
                    with (paths.OUT / "eval_metrics.json").open("w") as file:
                        json.dump({"roc_auc": 0.5}, file)

                if __name__ == "__main__":
                    main()
            """,
            "tests/test_train.py": "import churn.train\nprint(1)\n",
        },
    )
    proposal, config = proposed(tmp_path)
    (step,) = config.steps
    assert "churn" == config.name
    assert {
        *("src/churn/train.py", "src/churn/__init__.py", "src/churn/io.py", "src/churn/paths.py"),
        "data/raw/churn.csv",
    } == set(step.inputs)
    assert ("params.yaml",) == step.params
    assert {"out/model.joblib", "out/eval_metrics.json"} == set(step.outputs)
    assert {"PYTHONPATH": "src"} == dict(step.env)
    assert ("venv", "requirements.lock") == (config.environment.backend, config.environment.lock)
    assert {"roc_auc": "max"} == {n: r.goal for n, r in config.metrics["out/eval_metrics.json"].items()}
    assert proposal.ready
    run(config)


def test_two_scripts_with_an_intermediate_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "raw.csv": "1\n",
            "prepare.py": """
                import os
                OUT = "build"
                def save(text, path):
                    with open(path, "w") as file:
                        file.write(text)
                os.makedirs(OUT, exist_ok=True)
                save(open("raw.csv").read(), os.path.join(OUT, "clean.csv"))
            """,
            "train.py": """
                from pathlib import Path
                text = Path("build/clean.csv").read_text()
                Path("build/model.pkl").write_text(text)
            """,
            "evaluate.py": """
                import json
                model = open("build/model.pkl").read()
                json.dump({"rmse": len(model)}, open("build/scores.json", "w"))
            """,
            "scratch.py": "print('hello')\n",
        },
    )
    proposal, config = proposed(tmp_path)
    assert ["prepare", "train", "evaluate"] == [step.name for step in config.steps]
    assert ["raw.csv"] == [item.path for item in config.data]
    assert ("build/clean.csv",) == config.steps[0].outputs
    assert "build/clean.csv" in config.steps[1].inputs
    assert "build/model.pkl" in config.steps[2].inputs
    assert "min" == config.metrics["build/scores.json"]["rmse"].goal
    assert "train.py" == proposal.candidates[0]
    assert any("scratch.py" in note for note in proposal.notes)
    run(config)
    _, again = proposed(tmp_path)
    assert config == again, "what the steps have written must not become data"


def test_dvc_project(tmp_path: Path) -> None:
    folder, file = "d41d8cd98f00b204e9800998ecf8427e", hashlib.md5(b"1\n").hexdigest()
    write(
        tmp_path,
        {
            "dvc.yaml": """
                stages:
                  featurize:
                    cmd: python src/featurize.py data/raw.csv out/features.csv
                    deps: [src/featurize.py, data/raw.csv, data/images]
                    outs: [out/features.csv]
                  train:
                    cmd: python src/train.py out/features.csv --lr ${train.lr}
                    deps: [src/train.py, out/features.csv]
                    params: [train.lr, train.epochs]
                    outs:
                      - out/model.pkl: {cache: true}
                    metrics:
                      - out/metrics.json: {cache: false}
                  each:
                    foreach: [1, 2]
                    do: {cmd: "echo ${item}"}
            """,
            "params.yaml": "train: {lr: 0.1, epochs: 3}\n",
            "data/raw.csv": "1\n",
            "data/raw.csv.dvc": f"outs:\n- md5: {file}\n  hash: md5\n  path: raw.csv\n",
            "data/images.dvc": f"outs:\n- md5: {folder}.dir\n  hash: md5\n  path: images\n",
            "src/featurize.py": "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read())\n",
            "src/shared.py": "RATE = 1\n",
            "src/train.py": """
                import json, shared
                open("out/model.pkl", "w").write("m")
                json.dump({"f1": 1}, open("out/metrics.json", "w"))
            """,
        },
    )
    _, config = proposed(tmp_path)
    assert ["featurize", "train", "each-1", "each-2"] == [step.name for step in config.steps]
    assert [("echo", "1"), ("echo", "2")] == [step.run for step in config.steps[2:]]
    assert ("python", "src/train.py", "out/features.csv", "--lr", "0.1") == config.steps[1].run
    assert ("params.yaml",) == config.steps[1].params
    assert "src/shared.py" in config.steps[1].inputs
    assert {"data/raw.csv": f"md5:{file}", "data/images": f"md5-dvc:{folder}"} == {
        item.path: str(item.digest) for item in config.data
    }
    assert ("out/model.pkl", "out/metrics.json") == config.steps[1].outputs
    assert "max" == config.metrics["out/metrics.json"]["f1"].goal
    run(config)


def test_argparse_and_pathlib(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "data/train.csv": "1\n",
            "config.yaml": "a: 1\n",
            "fit_model.py": """
                import argparse
                import json
                from pathlib import Path

                def parse():
                    parser = argparse.ArgumentParser()
                    parser.add_argument("--data", type=Path, default=Path("data") / "train.csv")
                    parser.add_argument("--out-dir", default="artifacts", type=Path)
                    parser.add_argument("--config", default="config.yaml")
                    parser.add_argument("--seed", type=int, default=3)
                    parser.add_argument("--plot")
                    return parser.parse_args()

                class Trainer:
                    def __init__(self, data: Path, out: Path):
                        self.data_file = data
                        self.target = out / "model"

                    def fit(self):
                        text = self.data_file.read_text()
                        self.target.with_suffix(".bin").write_text(text)

                def main(args):
                    args.out_dir.mkdir(exist_ok=True)
                    Path(args.config).read_text()
                    Trainer(args.data, args.out_dir).fit()
                    for part in ("a", "b"):
                        (args.out_dir / f"{part}.txt").write_text(part)
                    for number in range(3):
                        Path("folds").mkdir(exist_ok=True)
                        (Path("folds") / f"fold_{number}.json").write_text("1")
                    if args.plot:
                        open("plot.png", "w")
                    with open(f"{args.out_dir}/results.json", "w") as file:
                        json.dump(dict(accuracy=1), file)

                if __name__ == "__main__":
                    main(parse())
            """,
        },
    )
    proposal, config = proposed(tmp_path)
    (step,) = config.steps
    assert ["data/train.csv"] == [item.path for item in config.data]
    assert ("config.yaml",) == step.params
    assert {
        *("artifacts/model.bin", "artifacts/a.txt", "artifacts/b.txt", "artifacts/results.json"),
        "folds",
    } == set(step.outputs)
    assert any("plot.png under a condition" in note for note in proposal.notes)
    run(config)


def test_command_of_the_makefile_is_taken_over(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Makefile": "train:\n\tuv run python scripts/go.py --out build/m.txt\n",
            "scripts/go.py": """
                import argparse
                parser = argparse.ArgumentParser()
                parser.add_argument("--out", required=True)
                args = parser.parse_args()
                open(args.out, "w").write("1")
            """,
            "scripts/train.py": "import argparse\nprint(1)\n",
        },
    )
    _, config = proposed(tmp_path)
    assert ("python", "scripts/go.py", "--out", "build/m.txt") == config.steps[0].run
    assert ("build/m.txt",) == config.steps[0].outputs
    run(config)


def test_script_with_relative_imports_runs_as_a_module(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/core/__init__.py": "",
            "pkg/core/names.py": "TARGET = 'model.txt'\n",
            "pkg/train.py": "from .core.names import TARGET\nopen(TARGET, 'w').write('1')\n",
        },
    )
    _, config = proposed(tmp_path)
    assert ("python", "-m", "pkg.train") == config.steps[0].run
    assert {"pkg/__init__.py", "pkg/core/__init__.py", "pkg/core/names.py", "pkg/train.py"} == set(
        config.steps[0].inputs
    )
    assert ("model.txt",) == config.steps[0].outputs
    run(config)


@pytest.mark.parametrize("name", ["digits", "wine"])
def test_what_is_proposed_for_an_example_is_what_its_author_wrote(name: str) -> None:
    root = Path(__file__).parents[3] / "examples" / name
    result = survey(root)
    proposal = propose(result, pin)
    mine, written = parse(proposal.text, root / "repro.toml"), load(root / "repro.toml")
    assert {step.run: (set(step.outputs), set(step.params)) for step in written.steps} == {
        step.run: (set(step.outputs), set(step.params)) for step in mine.steps
    }
    for step, other in zip(written.steps, mine.steps, strict=True):
        assert set(step.inputs) == set(other.inputs)
    assert {pin.path: pin for pin in written.data} == {pin.path: pin for pin in mine.data}
    assert set(written.metrics) == set(mine.metrics)
    assert proposal.ready
    assert not any("is not in the source" in note for note in proposal.notes)


def test_metrics_of_an_earlier_run_are_taken_by_their_dotted_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "out/metrics.json": '{"forest": {"accuracy": 1, "loss": 2, "n": 3}}',
            "train.py": "import json\njson.dump({'accuracy': 1}, open('out/metrics.json', 'w'))\n",
        },
    )
    _, config = proposed(tmp_path)
    rules = config.metrics["out/metrics.json"]
    assert {"forest.accuracy": "max", "forest.loss": "min"} == {n: rule.goal for n, rule in rules.items()}
