"""What a run is blamed on when several things may be to blame."""

import re
from pathlib import Path

import pytest
from e2e.project import copy, git, repro

TINY = Path(__file__).parents[1] / "e2e" / "tiny"


@pytest.fixture
def project(tmp_path):
    root = copy(TINY, tmp_path / "tiny")
    git(root, "init", "-q")
    return root


def edit(root, name, old, new):
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def accepted(root):
    assert 3 == repro(root, "verify").status
    assert 0 == repro(root, "accept").status
    git(root, "add", "-A")
    git(root, "commit", "-qm", "accepted")


def test_randomness_is_not_blamed_on_a_package_that_changed_as_well(project):
    drawn = "np.random.default_rng().permutation(inputs.shape[0])[:20]"
    edit(
        project,
        "train.py",
        "fit(inputs[train], truth[train]",
        f"fit(inputs[(train := {drawn})], truth[train]",
    )
    repro(project, "verify", "-q")
    assert 0 == repro(project, "accept", "--force").status
    path = project / "repro.baseline.json"
    text = path.read_text(encoding="utf-8")
    older = re.sub(r'("numpy": ")[0-9.]+', r"\g<1>1.0", text)
    assert older != text
    path.write_text(older, encoding="utf-8")
    report = repro(project, "verify", "--json").json
    causes = [cause["text"] for cause in report["causes"]]
    assert ("drifted", "flaky") == (report["verdict"], report["flavour"])
    assert "gives different results each time" in causes[0]
    assert "train.py:17 numpy.random.default_rng() without a seed" in causes[1]
    assert causes[-1].endswith("(also changed)")
    assert 2 == repro(project, "accept").status


def test_what_the_step_does_not_use_is_no_cause(project):
    accepted(project)
    edit(project, "params.toml", "ridge = 1", "ridge = 2")
    path = project / "repro.baseline.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'("packages": \{\n)', r'\1        "aaa": "1.0 record:00",\n', text), encoding="utf-8"
    )
    report = repro(project, "verify", "--json").json
    assert "changed" == report["verdict"]
    assert ["params.toml: ridge 1 → 2"] == [cause["text"] for cause in report["causes"]]
    assert {"params.toml: ridge", "aaa"} == {item["name"] for item in report["claim"]["materials"]}
