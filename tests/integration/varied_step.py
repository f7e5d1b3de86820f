# SPDX-License-Identifier: Apache-2.0
"""A step that says what it sees, run under a variation."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import capabilities
import pytest
from required import absent

from repro_action.determinism.attach import HOOK
from repro_action.digest import Digest
from repro_action.environments.circumstances import circumstances
from repro_action.interpreter.environment import Distribution, Environment
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.steps.disturbance import NOTHING, laid

BY_NAME = {variation.name: variation for variation in VARIATIONS}


SEEN = Path(__file__).with_name("seen.py")


FILES = ["b", "d", "a", "c"]


def environment(*names):
    return Environment(
        backend="current",
        digest=Digest("sha256", "0" * 64),
        python=Path(sys.executable),
        python_version="3.11",
        implementation="cpython",
        variables={
            "PATH": os.environ["PATH"],
            "HOME": "/home/someone",
            "USER": "someone",
            "XDG_DATA_HOME": "/x",
        },
        distributions=tuple(Distribution(name=name, version=version, record=None) for name, version in names),
        circumstances=circumstances(),
    )


PLAIN = environment(("numpy", "2.4.0"))


PINNED = {"PYTHONHASHSEED": "0", "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture
def listed(tmp_path):
    folder = tmp_path / "listed"
    folder.mkdir()
    for name in FILES:
        (folder / name).touch()
    return folder


def seen(folder, disturbance=NOTHING, *, pinned=PINNED):
    """Run a step as a run does, and return what it sees."""
    variables = laid(disturbance, base=PLAIN.variables, pinned=pinned)
    attached = {"PYTHONPATH": str(HOOK), "REPRO_ENTROPY": "record"}
    done = subprocess.run(
        [*disturbance.prefix, sys.executable, str(SEEN), str(folder)],
        env={**variables, **attached, **disturbance.hook},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


NEEDS = {
    "time": capabilities.faketime,
    "numpy-dispatch": lambda: "" if platform.machine() == "x86_64" else "the CPU is none of x86-64",
    "affinity": lambda: "" if capabilities.cores() > 1 else "only one core may be used",
}
"""What a variation needs, asked of the machine."""
OWN_WORD = {"blas", "torch-isa", "libm", "locale", "process-ids", "aslr"}
"""Variations that are believed when they say that they cannot be made; what is in neither can be made anywhere."""


def available(name):
    """Return a variation; skip where this machine cannot make it."""
    refusal = NEEDS[name]() if name in NEEDS else ""
    reason = BY_NAME[name].unavailable(PLAIN)
    if refusal or (reason and name in OWN_WORD):
        absent("faketime" if name == "time" else name, refusal or reason)
    assert "" == reason
    return BY_NAME[name]
