"""Trainings in other frameworks repeat under the profile, whatever the surroundings ask for.

`make frameworks` makes the environment; a training whose library is not in it is skipped.
"""

import os
import sys
from functools import cache
from pathlib import Path

import pytest
from required import absent, program_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.frameworks.matrix import REQUESTED, Setting, learn, names, prepare  # noqa: E402 -- stands beside

LIBRARY = {"keras": "tensorflow"}
EVERY = os.environ.get("REPRO_TEST_FRAMEWORKS") == "all"
"""Also the second and third training of a library: `make proofs` runs them."""
TRAININGS = [name for name in names() if EVERY or name not in {"keras_mlp", "torch_mlp", "torch_transformer"}]


@cache
def environment():
    return prepare(program_of("frameworks"))


@pytest.mark.slow
@pytest.mark.parametrize("training", TRAININGS)
def test_a_training_repeats_whatever_the_surroundings_ask_for(training):
    result = environment()
    name = training.split("_")[0]
    library = LIBRARY.get(name, name)
    installed = {distribution.name.removesuffix("-cpu") for distribution in result.distributions}
    if library not in installed:
        absent("frameworks", f"{library} is not installed in .venv-frameworks")
    first = learn(result, training, Setting(), timeout=200)
    assert not first.startswith("failed"), first
    assert first == learn(result, training, Setting(outside=REQUESTED), timeout=200)
