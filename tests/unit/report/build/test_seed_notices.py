# SPDX-License-Identifier: Apache-2.0
"""Where bits hold only because repro seeds, that is said with the line."""

from __future__ import annotations

import pytest

from repro_action.findings.source import unseeded_by_the_program
from repro_action.report.build.repro_alone import by_repro_alone, seed_notices


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import numpy as np\nw = np.random.rand(3)\nsave(w)\n", [2]),
        ("import random\nx = []\nrandom.shuffle(x)\nsave(x)\n", [3]),
        ("import numpy as np\nnp.random.seed(1)\nw = np.random.rand(3)\nsave(w)\n", []),
        ("import numpy as np\nw = np.random.default_rng(1).random(3)\nsave(w)\n", []),
        ("import numpy as np\nw = np.random.default_rng().random(3)\nsave(w)\n", []),
    ],
    ids=["numpy", "random", "seeded", "own generator", "what repro does not seed"],
)
def test_lines_that_repro_seeds_are_named(text: str, lines: list[int]) -> None:
    found = unseeded_by_the_program({"train.py": text})
    assert [one.line for one in found] == lines
    assert [notice.where for notice in seed_notices(found)] == [f"train.py:{line}" for line in lines]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import os\nseed = os.getpid() % 7\nsave(seed)\n", 2),
        ("from os import getppid\nsave(getppid())\n", 2),
        ("import threading\nname = f'w{threading.get_native_id()}'\nsave(name)\n", 2),
        ("import os\nprint('process', os.getpid())\n", 0),
        ("import logging, os\nlogging.info('process %s', os.getpid())\n", 0),
        ("save(1)  # not getpid\n", 0),
    ],
)
def test_a_process_number_that_the_sandbox_fixes_is_named(text: str, line: int) -> None:
    found = by_repro_alone(lambda: {"train.py": text}, profile="portable", numbered=True)
    assert [notice.where for notice in found] == ([f"train.py:{line}"] if line else [])
    assert all("the sandbox numbers processes from 1" in notice.what for notice in found)
    assert by_repro_alone(lambda: {"train.py": text}, profile="portable", numbered=False) == ()


def test_where_repro_seeds_nothing_the_program_is_not_read_for_draws() -> None:
    text = {"train.py": "import random\nsave(random.random())\n"}
    assert by_repro_alone(lambda: text, profile="off", numbered=True) == ()
    assert len(by_repro_alone(lambda: text, profile="portable", numbered=False)) == 1
