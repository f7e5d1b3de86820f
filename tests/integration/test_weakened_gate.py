# SPDX-License-Identifier: Apache-2.0
"""A pull request that loosens its own rules: green, and not silent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from factories import make_fingerprint
from integration.command import TRAIN_STEP, repro
from integration.planned import _git, commit, git, write

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.compare.config_change import Strictness
from repro_action.flows.base_models import model_changes
from repro_action.flows.base_rules import BaseRules
from repro_action.report.build.labels import Labels
from repro_action.report.config_changes import ConfigChanges
from repro_action.runs.project import Project
from repro_action.signing.own_keys import write_new_key

__all__ = ["_git"]

METRICS = '[metrics."out/metrics.json"]\naccuracy = { goal = "max" }\n'
EVALUATE = """
[[steps]]
name = "evaluate"
run = ["python", "evaluate.py"]
inputs = ["evaluate.py"]
outputs = ["out/roc.json"]
"""
CONFIG = f"""{TRAIN_STEP}inputs = ["train.py"]
params = ["params.toml"]
outputs = ["out/metrics.json"]
{EVALUATE}
{METRICS}"""
TRAIN = """\
import json, pathlib, tomllib

score = tomllib.loads(pathlib.Path("params.toml").read_text())["score"]
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/metrics.json").write_text(json.dumps({"accuracy": score}))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder / "repro.toml", CONFIG)
    write(folder / "train.py", TRAIN)
    write(folder / "evaluate.py", 'open("out/roc.json", "w").write("[1]")\n')
    write(folder / "params.toml", "score = 0.9\n")
    write(folder / ".gitignore", "out/\n.repro/\n")
    git(folder, "init", "--quiet")
    return folder


def edit(folder: Path, old: str, new: str, file: str = "repro.toml") -> None:
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))


def test_a_tolerance_that_lets_a_worse_model_pass_is_named_with_what_main_would_not_allow(
    project: Path,
) -> None:
    assert repro(project, "verify", "-q").returncode == 3
    assert repro(project, "accept").returncode == 0
    commit(project)
    git(project, "checkout", "--quiet", "-b", "pr")
    edit(project, 'goal = "max"', 'goal = "max", atol = 10.0')
    edit(project, "0.9", "0.8", "params.toml")
    commit(project)
    done = repro(project, "verify", "--against", "main")
    assert done.returncode == 0
    assert "equivalent" in done.stdout
    assert "weaker rules than main" in done.stdout
    assert 'metrics."out/metrics.json".accuracy.atol: 0.0 → 10.0 (weaker)' in done.stdout
    assert "accuracy 0.9 → 0.8 (-11 %)" in done.stdout
    changes = json.loads((project / ".repro" / "report.json").read_text())["config_changes"]
    assert ["accuracy"] == [metric["name"] for metric in changes["outside"]]
    assert "Weaker rules than main" in (project / ".repro" / "report.md").read_text()
    assert "weaker" not in repro(project, "verify", "-q", "--against", "HEAD").stdout


def judged(folder: Path, metrics: dict[str, dict[str, float]], products: set[str]) -> ConfigChanges | None:
    """Judge a run that made some of what main's baseline has."""
    project = Project.open(folder, None)
    found = BaseRules.of(project, "main", Labels(base="main"))
    made = make_fingerprint(
        metrics=metrics,
        products={path: product for path, product in ACCEPTED.products.items() if path in products},
    )
    return None if found is None else found.judged(made, project.config)


PRODUCT = make_fingerprint().products["out/model.joblib"]
ACCEPTED = make_fingerprint(
    metrics={"out/metrics.json": {"accuracy": 0.9}}, products={"out/roc.json": PRODUCT}
)
ALL = {"out/metrics.json": {"accuracy": 0.9}}


@pytest.mark.parametrize(
    ("edits", "metrics", "products", "settings", "outside"),
    [
        pytest.param(
            [("accuracy = {", "accuracy = { atol = 10.0,")],
            {"out/metrics.json": {"accuracy": 0.5}},
            {"out/roc.json"},
            ['metrics."out/metrics.json".accuracy.atol'],
            ["accuracy"],
            id="atol = 10",
        ),
        pytest.param(
            [('files = "declared"', 'files = "any"')],
            ALL,
            {"out/roc.json"},
            ["sandbox.files"],
            [],
            id="sandbox opened",
        ),
        pytest.param(
            [(EVALUATE, "")], ALL, set(), ["outputs", "steps"], ["out/roc.json"], id="step dropped"
        ),
        pytest.param(
            [('["out/roc.json"]', '["out/other.json"]')],
            ALL,
            set(),
            ["outputs", "outputs"],
            ["out/roc.json"],
            id="output dropped",
        ),
        pytest.param(
            [(METRICS, "")], {}, {"out/roc.json"}, ["metrics"], ["accuracy"], id="metrics no longer read"
        ),
        pytest.param(
            [('[[steps]]\nname = "evaluate"', '# the same\n[[steps]]\nname = "evaluate"')],
            {"out/metrics.json": {"accuracy": 0.5}},
            {"out/roc.json"},
            [],
            [],
            id="nothing",
        ),
    ],
)  # fmt: skip
def test_what_a_change_of_rules_lets_pass_is_judged_by_those_of_the_base(
    project: Path,
    edits: list[tuple[str, str]],
    metrics: dict[str, dict[str, float]],
    products: set[str],
    settings: list[str],
    outside: list[str],
) -> None:
    edit(project, 'files = "any"', 'files = "declared"')
    write(project / "repro.baseline.json", dump(Baseline(name="small").accept(ACCEPTED)))
    commit(project)
    git(project, "checkout", "--quiet", "-b", "pr")
    for old, new in edits:
        edit(project, old, new)
    found = judged(project, metrics, products)
    named = [] if found is None else [change.setting for change in found.settings]
    refused = [] if found is None else [*(one.name for one in found.outside), *found.outside_artifacts]
    assert (settings, outside) == (named, refused)


def test_a_configuration_that_is_deleted_with_its_baseline_is_missed(project: Path) -> None:
    shutil.copytree(project, project / "models" / "ash", ignore=shutil.ignore_patterns(".git", "models"))
    commit(project)
    git(project, "checkout", "--quiet", "-b", "pr")
    shutil.rmtree(project / "models")
    commit(project)
    found = model_changes(project, "main", ("**",), ("repro.toml",))
    assert [("models/ash/repro.toml", "removed")] == [(one.config, one.state.value) for one in found]


def test_another_key_in_a_listed_file_is_weaker(project: Path) -> None:
    keys = project / "keys"
    keys.mkdir()
    for name in ("alice", "mallory"):
        write_new_key(project.parent / name, "ed25519", {})
    shutil.copy(project.parent / "alice.pub", keys / "alice.pub")
    evidence = '\n[evidence]\nreceipts = 1\nkeys = ["keys/alice.pub"]\n'
    write(project / "repro.toml", CONFIG + evidence)
    commit(project)
    git(project, "checkout", "-q", "-B", "main")
    assert judged(project, ALL, set()) is None
    shutil.copy(project.parent / "mallory.pub", keys / "alice.pub")
    found = judged(project, ALL, set())
    (change,) = found.settings
    assert ("evidence.keys", Strictness.WEAKER) == (change.setting, change.strictness)
    assert change.before != change.after
