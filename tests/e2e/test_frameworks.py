"""Trainings in other frameworks repeat under the profile, whatever the surroundings ask for.

`make frameworks` makes the environment; a training whose library is not in it is skipped.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from required import absent, program_of

from repro_action.determinism.attach import HOOK
from repro_action.determinism.knobs import KNOBS

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


PRODUCT = """
import hashlib, sys
import numpy as np
import tensorflow as tf

drawn = np.random.default_rng(0)
left = drawn.standard_normal((128, 1024), dtype=np.float32)
right = drawn.standard_normal((1024, 10), dtype=np.float32)
print(hashlib.sha256(tf.matmul(left, right).numpy().tobytes()).hexdigest())
print(sys.modules["repro_hook.eigen"].caches())
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="the knob is x86-64 Linux's"
)
def test_the_bits_of_tensorflow_follow_from_the_caches_that_the_profile_pins():
    python = program_of("frameworks")

    def product(caches):
        surroundings = {"PYTHONPATH": str(HOOK), "REPRO_EIGEN_CACHES": caches, "PYTHONHASHSEED": "0"}
        pinned = {"ONEDNN_MAX_CPU_ISA": "AVX2", "TF_ENABLE_ONEDNN_OPTS": "0", "TF_NUM_INTRAOP_THREADS": "1"}
        environ = {"PATH": os.defpath, "TF_CPP_MIN_LOG_LEVEL": "3", **surroundings, **pinned}
        done = subprocess.run(
            [python, "-c", PRODUCT], env=environ, capture_output=True, text=True, check=True, timeout=200
        )
        digest, kept = done.stdout.split()
        assert caches == kept
        return digest

    (pinned,) = (knob.value for knob in KNOBS if knob.variable == "REPRO_EIGEN_CACHES")
    haswell, sapphire_rapids = product(pinned), product("49152,2097152,110100480")
    assert haswell == product(pinned)
    assert haswell != sapphire_rapids
