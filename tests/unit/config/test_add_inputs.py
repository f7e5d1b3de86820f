# SPDX-License-Identifier: Apache-2.0
"""Inputs are added to the step that lacks them, and nothing else of the text changes."""

from __future__ import annotations

import tomllib

import pytest

from repro_action.config.add_inputs import with_inputs
from repro_action.errors import ConfigError

TEXT = """\
version = 1
name = "m"   # the name

# how it is made
[[steps]]
name = "prepare"
run = ["python", "prepare.py"]

# the model
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]  # its own
outputs = ["model.json"]

# numbers
[metrics."out/metrics.json"]
"""


def inputs(text: str, step: str) -> list[str]:
    steps = tomllib.loads(text)["steps"]
    return next(one["inputs"] for one in steps if one["name"] == step)


def test_inputs_stand_behind_those_that_are_there_and_comments_stay() -> None:
    made = with_inputs(TEXT, "repro.toml", "train", ["data/a.csv", "train.py"])
    assert TEXT.replace('["train.py"]  #', '["train.py", "data/a.csv"]  #') == made


def test_a_step_without_inputs_gets_them() -> None:
    made = with_inputs(TEXT, "repro.toml", "prepare", ["raw.csv"])
    assert ["raw.csv"] == inputs(made, "prepare")
    assert ["train.py"] == inputs(made, "train")
    assert TEXT.splitlines() == [line for line in made.splitlines() if "raw.csv" not in line]


def test_a_long_list_is_written_over_several_lines() -> None:
    names = [f"package/module_{number}.py" for number in range(8)]
    made = with_inputs(TEXT, "repro.toml", "train", names)
    assert ["train.py", *names] == inputs(made, "train")
    assert max(map(len, made.splitlines())) < 100


def test_a_list_over_several_lines_keeps_its_comments() -> None:
    text = TEXT.replace('["train.py"]', '[\n  "train.py",  # code\n  "a.csv",  # data\n]')
    made = with_inputs(text, "repro.toml", "train", ["b.csv"])
    assert ["train.py", "a.csv", "b.csv"] == inputs(made, "train")
    assert "# code" in made
    assert "# data" in made


def test_in_pyproject_it_is_the_tools_table() -> None:
    text = '[project]\nname = "p"\n[tool.repro]\nversion = 1\n[[tool.repro.steps]]\nname = "train"\ninputs = []\n'
    made = with_inputs(text, "pyproject.toml", "train", ["a.csv"])
    assert ["a.csv"] == tomllib.loads(made)["tool"]["repro"]["steps"][0]["inputs"]


@pytest.mark.parametrize(
    "text", ["steps = 3", '[[steps]]\nname = "other"', '[[steps]]\nname = "train"\ninputs = "a"', "= ["]
)
def test_another_form_is_left_to_people(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be added"):
        with_inputs(text, "repro.toml", "train", ["a.csv"])
