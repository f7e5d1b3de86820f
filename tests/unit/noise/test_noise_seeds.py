# SPDX-License-Identifier: Apache-2.0
"""Where a project writes its seed, and how it is given another one."""

import tomllib

import pytest

from repro_action.config.model import Step
from repro_action.noise.seeds import is_seed_name, other_seeds, reseeded_text, reseeded_words
from repro_action.probe.seeds import SeedPlaces, seeded_files, seeded_step


@pytest.mark.parametrize("name", ["seed", "model.random_state", "train.seed", "random_seed", "SEED"])
def test_a_name_says_that_it_is_the_seed(name):
    assert is_seed_name(name)


@pytest.mark.parametrize("name", ["seeds_per_row", "seedling", "state", "model.reseed", "n"])
def test_other_names_do_not(name):
    assert not is_seed_name(name)


def test_a_command_is_given_another_seed():
    words = ("python", "train.py", "--seed", "42", "--random-state=42", "seed=42", "--lr", "42")
    assert (
        "python",
        "train.py",
        "--seed",
        "7",
        "--random-state=7",
        "seed=7",
        "--lr",
        "42",
    ) == reseeded_words(words, 7)


def test_a_line_of_materials_and_its_words_agree():
    assert "SEED=? python train.py --seed ? --lr 42" == reseeded_text(
        "SEED=1 python train.py --seed 9 --lr 42", "?"
    )


def test_variables_of_a_step_are_given_another_seed():
    step = Step(name="train", run=("python", "x.py"), env={"SEED": "4", "SIZE": "4"})
    assert {"SEED": "9", "SIZE": "4"} == seeded_step(step, 9).env


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("params.toml", "# 42 = seed\nsize = 42\nseed = 42  # keep\n[model]\nseed = 42\n"),
        ("params.yaml", "size: 42\nseed: 42 # keep\nmodel:\n  seed: 42\n"),
        ("params.json", '{"size": 42, "seed": 42, "model": {"seed": 42}}'),
    ],
)
def test_a_params_file_is_edited_in_that_place_alone(file, text):
    places = SeedPlaces(params={file: ("seed",)}, texts={file: text.encode()}, commands=())
    edited = seeded_files(places, 7)[file].decode()
    assert text.count("42") - 1 == edited.count("42")
    assert len(text) - 1 == len(edited)
    if file.endswith(".toml"):
        assert {"size": 42, "seed": 7, "model": {"seed": 42}} == tomllib.loads(edited)


def test_other_seeds_are_never_that_of_the_project_and_a_longer_list_begins_alike():
    assert (2**32 - 1, 0) == other_seeds(2**32 - 2, 2)
    assert other_seeds(42, 5) == other_seeds(42, 20)[:5]
    assert 42 not in other_seeds(42, 1000)
