"""The table of mutants is itself sound; whether `repro verify` agrees is another test's matter."""

import ast
import json
import shutil
import tomllib
from collections import Counter

import pytest
from e2e.mutant import PROJECTS
from e2e.mutants import MUTANTS

from repro_action.verdict import Verdict

BY_NAME = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
BASELINE = "repro.baseline.json"
FINGERPRINT = {
    "metrics": {"out/metrics.json": {"rmse": 1.0}},
    "materials": {"code": {"train.py": "blake3:1234"}},
    "products": {
        "out/weights.npz": {"leaves": {"['weights']": {}}},
        "out/predictions.csv": {"leaves": {}},
        "out/model.pkl": {"leaves": {}},
    },
}


@pytest.fixture
def project(tmp_path):
    """Copy a project as the runner does, with a baseline that holds what the edits look for."""

    def copied(example):
        root = tmp_path / example
        shutil.copytree(
            PROJECTS[example],
            root,
            ignore=shutil.ignore_patterns("out", ".repro", "__pycache__", BASELINE),
        )
        return root

    return copied


def content(root):
    skipped = {"env", "__pycache__"}
    return {
        path.relative_to(root): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not skipped & set(path.relative_to(root).parts)
    }


def test_names_are_unique():
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


def test_every_verdict_is_asked_for():
    assert set(Verdict) == {mutant.expected for mutant in MUTANTS}


@BY_NAME
def test_edits_find_what_they_edit(mutant, project):
    root = project(mutant.example)
    pristine = content(root)
    mutant.before(root)
    planted = content(root)
    (root / BASELINE).write_text(
        json.dumps({"version": 1, "platforms": {"any": FINGERPRINT}}), encoding="utf-8"
    )
    accepted = content(root)
    mutant.after(root)
    edited = planted != pristine or content(root) != accepted or (root / "env").exists()
    assert edited or mutant.name.endswith("control")


@BY_NAME
def test_only_failures_leave_broken_files(mutant, project):
    root = project(mutant.example)
    mutant.before(root)
    (root / BASELINE).write_text(
        json.dumps({"version": 1, "platforms": {"any": FINGERPRINT}}), encoding="utf-8"
    )
    mutant.after(root)
    if mutant.error is not None:
        return
    for script in root.glob("*.py"):
        ast.parse(script.read_text(encoding="utf-8"))
    for table in root.glob("*.toml"):
        tomllib.loads(table.read_text(encoding="utf-8"))


@BY_NAME
def test_rows_agree_with_themselves(mutant):
    assert (mutant.error is not None) <= (mutant.expected is Verdict.FAILED)
    assert (mutant.flaky is None) == (mutant.expected is not Verdict.DRIFTED) or mutant.doubt
    assert set(mutant.ruled_out) <= set(mutant.materials or ())
    assert mutant.materials or mutant.materials is None or mutant.expected is not Verdict.CHANGED
    assert mutant.expected not in mutant.acceptable
    assert mutant.doubt or not mutant.acceptable or mutant.name == "profile-native"
