# SPDX-License-Identifier: Apache-2.0
"""What `init` finds beside the script, and what it says about it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from repro_action.config.load import parse
from repro_action.config.model import Config
from repro_action.digest import Digest, digest_bytes
from repro_action.init.propose import Proposal, propose
from repro_action.init.survey import survey


def pin(path: Path) -> Digest:
    return digest_bytes("blake3", path.read_bytes() if path.is_file() else b"")


def proposed(root: Path, files: dict[str, str]) -> tuple[Proposal, Config]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text).lstrip("\n"))
    proposal = propose(survey(root), pin)
    return proposal, parse(proposal.text, root / "repro.toml")


def said(proposal: Proposal, text: str) -> bool:
    return any(text in note for note in proposal.notes)


SAVES = 'open("model.txt", "w").write("1")\n'


def test_only_what_works_is_offered(tmp_path: Path) -> None:
    proposal, config = proposed(tmp_path, {"train.py": SAVES})
    assert "record" == config.determinism.entropy
    for word in ("forbid", "seed |", "nix", "container"):
        assert word not in proposal.text


def test_a_write_whose_name_is_not_known_is_not_called_no_write(tmp_path: Path) -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/store.py": 'def save(path):\n    open(path, "w").write("1")\n',
        "src/pkg/train.py": "import sys\nfrom pkg.store import save\n\n"
        'if __name__ == "__main__":\n    save(sys.argv[1])\n',
    }
    proposal, _ = proposed(tmp_path, files)
    assert said(proposal, "name is not in the source; add it to `outputs`")
    assert not said(proposal, "writes no file")
    assert not proposal.ready


@pytest.mark.parametrize(
    "reading",
    [
        'yaml.safe_load(open("NAME"))',
        'OmegaConf.load("NAME")',
        'parser.add_argument("--config", default="NAME")\nload(parser.parse_args().config)',
        'CONFIG = "NAME"\nload(CONFIG)',
    ],
)
@pytest.mark.parametrize("name", ["config.yaml", "configs/base.yaml", "params.toml"])
def test_a_file_of_parameters_that_the_script_names_becomes_params(
    tmp_path: Path, reading: str, name: str
) -> None:
    files = {"train.py": f"{reading.replace('NAME', name)}\n{SAVES}", name: ""}
    proposal, config = proposed(tmp_path, files)
    assert (name,) == config.steps[0].params
    assert () == config.data
    assert not said(proposal, "may hold parameters")


def test_a_script_that_fetches_nothing_is_taken_before_one_that_does(tmp_path: Path) -> None:
    fit = "model.fit(X)\nimport joblib\njoblib.dump(model, 'NAME.joblib')\n"
    files = {
        "train_a.py": "from keras.datasets import mnist\nX = mnist.load_data()\n" + fit.replace("NAME", "a"),
        "train_b.py": "import keras\nX = open('elsewhere.csv').read()\n" + fit.replace("NAME", "b"),
        "data/elsewhere.csv": "1",
    }
    proposal, config = proposed(tmp_path, files)
    assert ["train_b"] == [step.name for step in config.steps]
    assert said(proposal, "elsewhere.csv, which is not here (data/elsewhere.csv has that name)")


@pytest.mark.parametrize(
    "call",
    [
        "import tensorflow as tf\ntf.keras.datasets.mnist.load_data()",
        "from keras.datasets import mnist\nmnist.load_data()",
    ],
)
def test_keras_datasets_need_the_network(tmp_path: Path, call: str) -> None:
    proposal, _ = proposed(tmp_path, {"train.py": f"{call}\n{SAVES}"})
    assert said(proposal, "load_data, which needs the network")


def test_a_table_that_the_script_writes_is_no_parameter(tmp_path: Path) -> None:
    files = {"train.py": 'open("config.json", "w").write("{}")\n' + SAVES, "config.json": "{}"}
    _, config = proposed(tmp_path, files)
    assert () == config.steps[0].params


def test_data_that_the_params_name_is_pinned(tmp_path: Path) -> None:
    files = {
        "train.py": 'config = load(open("config.yaml"))\nopen(config["data"]["train"])\n' + SAVES,
        "config.yaml": """
            data: {train: data/train.csv, valid: data/gone.csv}
            output: out/old.csv
            log_dir: logs
            images: images
            name: train.py
            outside: /etc/hostname
        """,
        "data/train.csv": "1",
        "out/old.csv": "1",
        "logs/1": "1",
        "images/1.png": "1",
    }
    _, config = proposed(tmp_path, files)
    assert {"data/train.csv", "images"} == {item.path for item in config.data}
    assert {"train.py", "data/train.csv", "images"} == set(config.steps[0].inputs)


@pytest.mark.parametrize(
    "naming",
    [
        'f"out/model-{time.time()}.txt"',
        '"out/" + datetime.now().strftime("%Y") + ".txt"',
        'f"out/{stamp}.txt"',
        'f"{uuid.uuid4()}.txt"',
    ],
)
def test_names_that_are_new_in_every_run_are_answered_with_a_fixed_one(tmp_path: Path, naming: str) -> None:
    script = f'stamp = datetime.now().isoformat()\nopen({naming}, "w")\n'
    proposal, _ = proposed(tmp_path, {"train.py": script})
    assert said(proposal, "train.py:2 writes a file whose name is new in every run; use a fixed file name")
    assert not said(proposal, "is not in the source")
    assert not proposal.ready


def test_hashes_can_be_had_with_plain_pip(tmp_path: Path) -> None:
    proposal, _ = proposed(tmp_path, {"train.py": SAVES, "requirements.txt": "numpy\n"})
    assert said(proposal, "`pip install pip-tools`")
    assert said(proposal, "`pip-compile --generate-hashes requirements.txt -o requirements.lock`")


GLOBS = """
import glob
import pandas as pd

df = pd.concat([pd.read_csv(p) for p in LISTED])
"""


@pytest.mark.parametrize(
    "listed", ['glob.glob("data/*.csv")', 'sorted(glob.glob("data/*.csv"))', 'Path("data").glob("*.csv")']
)
def test_data_that_a_pattern_finds_is_pinned_like_any_other(tmp_path: Path, listed: str) -> None:
    files = {"train.py": GLOBS.replace("LISTED", listed) + SAVES, "data/2023.csv": "1", "data/2024.csv": "1"}
    proposal, config = proposed(tmp_path, files)
    assert ["data"] == [item.path for item in config.data]
    assert ("train.py", "data") == config.steps[0].inputs
    assert not said(proposal, "is not in the source")
    assert proposal.ready


def test_a_pattern_at_the_top_asks_for_a_folder_of_data(tmp_path: Path) -> None:
    files = {"train.py": GLOBS.replace("LISTED", 'glob.glob("*.csv")') + SAVES, "2023.csv": "1"}
    proposal, config = proposed(tmp_path, files)
    assert ("train.py",) == config.steps[0].inputs
    assert said(proposal, "train.py:4 lists the project's own folder; move the data into a folder below it")
    assert not proposal.ready


def test_requirements_are_looked_for_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\n")
    proposal, _ = proposed(tmp_path / "models" / "churn", {"train.py": SAVES})
    assert not said(proposal, "Nothing in the repository")
    assert said(proposal, "../../requirements.txt has no hashes")
    assert said(proposal, "`pip-compile --generate-hashes ../../requirements.txt -o requirements.lock`")


def test_hashes_above_the_project_are_reported_and_not_taken_by_a_path_that_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.lock").write_text("numpy==2 --hash=sha256:00\n")
    proposal, config = proposed(tmp_path / "churn", {"train.py": SAVES})
    assert "current" == config.environment.backend
    assert said(proposal, "../requirements.lock has hashes")


def test_what_lies_above_the_repository_fixes_nothing(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "here" / ".git").mkdir(parents=True)
    proposal, _ = proposed(tmp_path / "here" / "churn", {"train.py": SAVES})
    assert said(proposal, "Nothing in the repository fixes the packages")


NAMELESS = 'import sys\nopen("results/" + sys.argv[1], "w")\n'


@pytest.mark.parametrize(("name", "precious"), [("paper.tex", True), ("notes.md", True), ("1.bin", False)])
def test_a_folder_of_outputs_that_holds_more_gets_a_note(tmp_path: Path, name: str, precious: bool) -> None:
    proposal, config = proposed(tmp_path, {"train.py": NAMELESS, f"results/{name}": ""})
    assert ("results",) == config.steps[0].outputs
    assert precious == said(proposal, f"results already contains results/{name}")


def test_a_folder_of_outputs_that_git_tracks_gets_a_note(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "1.bin").write_text("")
    (tmp_path / "train.py").write_text(NAMELESS)
    proposal = propose(survey(tmp_path), pin, is_tracked=lambda path: path == "results")
    assert said(proposal, "results already contains results/1.bin")
    assert said(proposal, "moved away before the step runs")


def test_outputs_that_git_would_commit_are_named(tmp_path):
    (tmp_path / "train.py").write_text(
        'open("model.txt", "w").write("1")\nopen("kept.txt", "w").write("1")\n'
    )
    proposal = propose(
        survey(tmp_path), pin, is_tracked=lambda path: path == "kept.txt", is_ignored=lambda _: False
    )
    (note,) = [note for note in proposal.notes if ".gitignore" in note]
    assert note.startswith("model.txt: outputs that git does not ignore.")
    assert not [note for note in propose(survey(tmp_path), pin).notes if ".gitignore" in note]
