# SPDX-License-Identifier: Apache-2.0
"""Repositories that are empty, broken, hostile or incomplete still get a proposal or advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from unit.init.repositories import pin, proposed, run, write

from repro_action.init.propose import propose
from repro_action.init.survey import survey

pytestmark = pytest.mark.processes  # git and the like


def test_notebooks_only_get_advice(tmp_path: Path) -> None:
    write(tmp_path, {"analysis.ipynb": "{}"})
    proposal = propose(survey(tmp_path), pin)
    assert "" == proposal.text
    assert not proposal.ready
    (note,) = proposal.notes
    assert "analysis.ipynb" in note
    assert "nbconvert" in note


def test_notebooks_become_steps_with_the_files_that_their_cells_name(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": ["import tools\n", "%matplotlib inline\n", "read('../data/a.csv')"]},
        {"cell_type": "markdown", "source": "'notes.md'"},
    ]
    book = json.dumps({"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4})
    files = {
        "nb/1 first.ipynb": book,
        "nb/tools.py": "",
        "data/a.csv": "x\n1\n",
        "nb/notes.md": "",
        "r.ipynb": "{",
    }
    write(tmp_path, files)
    proposal, config = proposed(tmp_path)
    assert proposal.ready
    (step,) = config.steps
    assert ("notebook", "1 first.ipynb", "executed/1 first.ipynb") == step.run
    assert "nb/1 first.ipynb" == step.notebook
    assert {"nb/1 first.ipynb", "nb/tools.py", "data/a.csv"} == set(step.inputs)
    assert ("nb/executed/1 first.ipynb",) == step.outputs
    assert ["data/a.csv"] == [pin.path for pin in config.data]
    assert any("pip install nbclient ipykernel" in note for note in proposal.notes)
    assert any("r.ipynb" in note for note in proposal.notes)


def test_empty_repository_gets_a_note(tmp_path: Path) -> None:
    assert ("No script was found that trains a model.",) == propose(survey(tmp_path), pin).notes


def test_what_a_script_prints_is_proposed_as_its_output_where_it_saves_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": "print('accuracy', 0.9)\n"})
    proposal, config = proposed(tmp_path)
    assert proposal.ready
    assert 'outputs = ["stdout"]' in proposal.text
    assert "stdout/train.txt" == config.steps[0].stdout
    assert ("stdout/train.txt",) == config.steps[0].outputs
    assert (".repro/", "stdout/") == proposal.gitignore
    assert any("what it prints is compared" in note and "joblib.dump" in note for note in proposal.notes)


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\nfor _ in range(3):\n    x += 1\n",
        "import sys\nprint('a warning', file=sys.stderr)\n",
        "import logging\nlogging.warning('loss 0.5')\n",
    ],
)
def test_a_script_that_neither_writes_nor_prints_gets_advice(tmp_path: Path, code: str) -> None:
    write(tmp_path, {"train.py": code})
    proposal, config = proposed(tmp_path)
    assert not proposal.ready
    assert () == config.steps[0].outputs
    assert any("writes no file" in note and "joblib.dump" in note for note in proposal.notes)


def test_what_a_script_prints_beside_its_files_is_not_proposed(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": "open('model.txt', 'w').write('1')\nprint('accuracy', 0.9)\n"})
    assert "" == proposed(tmp_path)[1].steps[0].stdout


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    names = ['a"b.csv', "back\\slash.csv", "new\nline.csv", "star*[1].csv", "ünï code.csv", "\u202egnp.csv"]
    for name in names:
        (tmp_path / name).write_text("1\n")
    code = "".join(f"open({name!r}).read()\n" for name in names)
    (tmp_path / "train.py").write_text(f"{code}open('o[1].txt', 'w')\nopen('out\"\\'.txt', 'w').write('1')\n")
    proposal, config = proposed(tmp_path)
    assert {'a"b.csv', "star*[1].csv", "ünï code.csv"} == {item.path for item in config.data}
    assert ("out\"'.txt",) == config.steps[0].outputs
    assert all(note.isprintable() for note in proposal.notes)
    assert 4 <= sum("left out" in note for note in proposal.notes)
    run(config)


def test_survey_never_runs_the_code(tmp_path: Path) -> None:
    bomb = "import pathlib\npathlib.Path('{0}').write_text('boom')\n"
    for name in ("train.py", "setup.py", "conftest.py", "pkg/__init__.py", "sitecustomize.py"):
        write(tmp_path, {name: bomb.format(tmp_path / "boom")})
    propose(survey(tmp_path), pin)
    assert not (tmp_path / "boom").exists()


def test_missing_data_is_a_note(tmp_path: Path) -> None:
    write(tmp_path, {"train.py": "open('gone.csv').read()\nopen('m.bin', 'w')\n"})
    proposal, config = proposed(tmp_path)
    assert not proposal.ready
    assert () == config.data
    assert any("gone.csv, which is not here" in note for note in proposal.notes)


def test_download_opens_the_network_and_says_so(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"train.py": "from sklearn.datasets import fetch_openml\nfetch_openml('x')\nopen('m.bin', 'w')\n"},
    )
    proposal, config = proposed(tmp_path)
    assert config.sandbox.network
    assert any("fetch_openml" in note for note in proposal.notes)


def test_broken_files_do_not_stop_the_survey(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"train.py": "open('m.bin', 'w')\n", "main.py": "def (:\n", "dvc.yaml": "a: [\n", "x.dvc": "{"},
    )
    (tmp_path / "run.py").write_bytes(b"\xff\xfe\0")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[[[")
    (tmp_path / "deep.py").write_text("x = " + "(" * 5000 + ")" * 5000)
    (tmp_path / "deeper.py").write_text("x = " + "-" * 50000 + "1")
    _, config = proposed(tmp_path)
    assert "train" == config.steps[0].name


def test_output_among_the_inputs_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "data/x.csv": "1\n",
            "train.py": "for i in range(2):\n    open('data/x.csv').read()\n    open(f'data/{i}.bin', 'w')\nopen('m', 'w')\n",
        },
    )
    proposal, config = proposed(tmp_path)
    assert ("m",) == config.steps[0].outputs
    assert any("data" in note and "overlaps" in note for note in proposal.notes)
