"""The table of mutants is itself sound; whether `repro verify` agrees is another test's matter."""

import ast
import json
import os
import shutil
import tomllib
from collections import Counter

import pytest
from e2e.mutant import PROJECTS
from e2e.mutants import CHOSEN, MUTANTS

from repro_action.verdict import Verdict

TIMES = "edit-unseen-times"
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

    def bytes_of(path):
        if path.is_file():
            return path.read_bytes()
        return os.fsencode(path.readlink()) if path.is_symlink() else b""

    return {
        path.relative_to(root): bytes_of(path)
        for path in sorted(root.rglob("*"))
        if not skipped & set(path.relative_to(root).parts)
    }


def test_names_are_unique():
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


def test_every_verdict_is_asked_for():
    assert set(Verdict) == {mutant.expected for mutant in MUTANTS}


def planted(mutant, root):
    """Do a mutant's edits as the runner does; returns the content before, after the first, between and last."""
    pristine = content(root)
    mutant.before(root)
    first = content(root)
    (root / BASELINE).write_text(
        json.dumps({"version": 1, "platforms": {"any": FINGERPRINT}}), encoding="utf-8"
    )
    accepted = content(root)
    mutant.after(root)
    return pristine, first, accepted, content(root)


def test_edits_find_what_they_edit_and_only_failures_leave_broken_files(project):
    # One test of all: a test each would take longer in setting up than in looking.
    for mutant in CHOSEN:
        root = project(mutant.example)
        pristine, first, accepted, last = planted(mutant, root)
        edited = first != pristine or last != accepted or (root / "env").exists()
        # An edit of times leaves the content as it was.
        assert edited or mutant.environ or mutant.name.endswith("control") or mutant.name == TIMES, mutant
        if mutant.error is None:
            for name, raw in last.items():
                if name.suffix == ".py" and name in pristine:
                    ast.parse(raw)
                if name.suffix == ".toml":
                    tomllib.loads(raw.decode("utf-8"))
        shutil.rmtree(root)


def test_rows_agree_with_themselves():
    for mutant in MUTANTS:
        assert (mutant.error is not None) <= (mutant.expected is Verdict.FAILED), mutant.name
        assert (mutant.flaky is None) == (mutant.expected is not Verdict.DRIFTED) or mutant.doubt, mutant.name
        assert set(mutant.ruled_out) <= set(mutant.materials or ()), mutant.name
        assert mutant.materials or mutant.materials is None or mutant.expected is not Verdict.CHANGED
        assert mutant.expected not in mutant.acceptable, mutant.name
        assert mutant.doubt or not mutant.acceptable or mutant.name == "profile-native"
