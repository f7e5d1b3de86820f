# SPDX-License-Identifier: Apache-2.0
"""Where bits hold only because repro seeds, that is said with the line."""

from __future__ import annotations

import pytest

from repro_action.findings.source import unseeded_by_the_program
from repro_action.report.build.notices import seed_notices


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
