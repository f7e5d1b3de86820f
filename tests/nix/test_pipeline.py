# SPDX-License-Identifier: Apache-2.0
"""nix/pipeline.nix takes the files that `repro` takes."""

import json

import pytest
from nix.standin import ROOT

from repro_action.config.load import load
from repro_action.runs.plan import make_plan

CONFIG = """\
version = 1
name = "globs"
[environment]
backend = "current"
[[steps]]
name = "a"
run = ["true"]
inputs = {inputs}
params = ["params.toml"]
outputs = ["out/made.txt"]
[[steps]]
name = "b"
run = ["true"]
inputs = ["out/made.txt", "b.py"]
outputs = ["out/more"]
"""

FILES = [
    "b.py",
    "params.toml",
    "src/a.py",
    "src/b.txt",
    "src/.hidden.py",
    "src/deep/c.py",
    "src/deep/er/d.py",
    "src/deep/.dot/e.py",
    "src/__pycache__/a.pyc",
    "src/x+y.py",
    "src/env/pyvenv.cfg",
    "src/env/lib.py",
    "out/made.txt",
    "out/left.txt",
    "data/1.csv",
    "data/2.csv",
    "data/30.csv",
]


@pytest.mark.parametrize(
    "inputs",
    [
        ["src"],
        ["src/"],
        ["./src/a.py"],
        ["src/*.py"],
        ["src/**/*.py"],
        ["**/*.py"],
        ["src/**"],
        ["src/**/d.py"],
        ["**/deep"],
        ["src/.*.py"],
        ["src/?.py"],
        ["src/x+*.py"],
        ["data/[12].csv"],
        ["data/[!12]*.csv"],
        ["*/deep"],
        ["data/*.csv", "src/deep/*.py"],
    ],
    ids=" ".join,
)
def test_the_derivation_gets_the_files_that_repro_would_seal(standin, tmp_path, inputs):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("ridge = 1\n")
    (tmp_path / "repro.toml").write_text(CONFIG.format(inputs=json.dumps(inputs)))
    plan = make_plan(load(tmp_path / "repro.toml"))
    expected = {*plan.code, *plan.params_files, "repro.toml"}
    expression = (
        f"(import {ROOT}/nix/pipeline.nix {{ lib = import {standin.nixpkgs}/lib;"
        f' src = {tmp_path}; config = "repro.toml"; }}).files'
    )
    ended = standin.nix("eval", "--impure", "--json", "--expr", expression)
    assert 0 == ended.status, ended.err
    assert expected == set(json.loads(ended.out))


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.py", "a/../../b"])
def test_a_path_that_leaves_the_project_is_refused(standin, tmp_path, path):
    (tmp_path / "repro.toml").write_text(CONFIG.format(inputs=json.dumps([path])))
    expression = (
        f"(import {ROOT}/nix/pipeline.nix {{ lib = import {standin.nixpkgs}/lib;"
        f' src = {tmp_path}; config = "repro.toml"; }}).files'
    )
    ended = standin.nix("eval", "--impure", "--json", "--expr", expression)
    assert 1 == ended.status
    assert f"{path} does not lie inside the project" in ended.err
