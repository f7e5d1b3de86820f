# SPDX-License-Identifier: Apache-2.0
"""A run records how its interpreter computes, and `repro doctor` compares it before anything is trained."""

import json

import pytest
from e2e.project import repro

from repro_action.numeric.signature import signature_in

pytest.importorskip("numpy")

CONFIG = """\
version = 1
name = "gemv"
seed = 1
[environment]
backend = "current"
inherit = ["OPENBLAS_CORETYPE"]
[determinism]
profile = "native"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out.npy"]
"""


def test_doctor_says_before_training_whether_this_machine_can_agree(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "repro.toml").write_text(CONFIG)
    (root / "train.py").write_text("import numpy\nnumpy.save('out.npy', numpy.arange(3))\n")
    haswell = {"OPENBLAS_CORETYPE": "Haswell", "REPRO_CACHE_DIR": str(tmp_path / "cache")}
    made = repro(root, "verify", "-q", "--no-repeat", **haswell)
    assert made.status == 3, made.err
    assert repro(root, "accept", **haswell).status == 0
    (platform,) = json.loads((root / "repro.baseline.json").read_text())["platforms"].values()
    assert signature_in(platform["circumstances"]) is not None
    (same,) = arithmetic(root, **haswell)
    assert (same["health"], "this machine can agree with it" in same["found"]) == ("ok", True)
    (other,) = arithmetic(root, **{**haswell, "OPENBLAS_CORETYPE": "Sandybridge"})
    assert other["health"] == "warn"
    assert other["details"][0].startswith("GEMV and GEMM associate differently")


def test_a_step_that_fails_at_once_leaves_nothing_of_the_reading_behind(tmp_path):
    root, temporary = tmp_path / "project", tmp_path / "temporary"
    root.mkdir()
    temporary.mkdir()
    (root / "repro.toml").write_text(CONFIG)
    (root / "train.py").write_text("raise SystemExit(1)\n")
    failed = repro(root, "verify", "-q", TMPDIR=str(temporary), REPRO_CACHE_DIR=str(tmp_path / "cache"))
    assert failed.status == 2
    assert [] == [path.name for path in temporary.rglob("*")]
    assert [] == [path.name for path in (root / ".repro").glob(".canary-*")]


def arithmetic(root, **variables):
    checks = repro(root, "doctor", "--json", **variables).json["checks"]
    return [check for check in checks if check["name"] == "arithmetic"]
