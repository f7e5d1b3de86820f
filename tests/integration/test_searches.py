"""Is the record of a search true? Studies that the real Optuna of `.venv-tools` made: `make tools`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from integration.command import repro
from required import TOOLS, program_of

from repro_action.config.load import load
from repro_action.environments import backend_for
from repro_action.flows.searches import search_claims
from repro_action.progress import Silent
from repro_action.report.search_claims import ClaimState, SearchClaim, SearchQuestion
from repro_action.runs.project import Project

DATA = Path(__file__).resolve().parents[1] / "data"
PYTHON = TOOLS / "bin" / "python"

OBJECTIVE = """\
import json, random, time
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

noise = random.Random(5)

def objective(trial):
    x = trial.suggest_float("x", -5, 5)
    n = trial.suggest_int("n", 1, 9)
    k = trial.suggest_categorical("k", ["a", None])
    time.sleep(WAIT)
    if trial.number == 4:
        raise optuna.TrialPruned
    return (x - 1) ** 2 + n + (k == "a")

def sampler():
    return SAMPLER

def study():
    return optuna.create_study(study_name="s", sampler=sampler(), storage=STORAGE, load_if_exists=True)

if __name__ == "__main__":
    SEARCH
"""
CONFIG = """\
version = 1
name = "small"
environment = {{ python = {python} }}
sandbox = {{ network = true, files = "any" }}
determinism = {{ profile = "off" }}
[[steps]]
name = "search"
run = ["python", "tune.py"]
inputs = ["tune.py"]
outputs = [{record}]
[search.{record}]
{settings}
"""
SAMPLERS = {
    "tpe": "optuna.samplers.TPESampler(seed=3)",
    "random": "optuna.samplers.RandomSampler(seed=3)",
    "grid": "optuna.samplers.GridSampler({'x': [0.5, 1.5, 2.5, 3.5], 'n': [1, 2, 3], 'k': ['a', None]}, seed=1)",
    "cma": "optuna.samplers.CmaEsSampler(seed=3)",
}
STORAGES = {
    "journal": ("out/study.log", "JournalStorage(JournalFileBackend('out/study.log'))"),
    "sqlite": ("out/study.db", "'sqlite:///out/study.db'"),
}
CLEAN = "study().optimize(objective, n_trials=20)"
RESUMED = "study().optimize(objective, n_trials=15); study().optimize(objective, n_trials=5)"
PARALLEL = "study().optimize(objective, n_trials=20, n_jobs=2)"


def project(
    root: Path, search: str, *, sampler: str = "tpe", storage: str = "journal", retrain: int = 1
) -> Path:
    """Make a project, and its record as Optuna makes it."""
    program_of("tools", package="optuna")
    record, expression = STORAGES[storage]
    text = OBJECTIVE.replace("SAMPLER", SAMPLERS.get(sampler, sampler)).replace("STORAGE", expression)
    text = text.replace("SEARCH", search).replace("WAIT", "0.02" if search == PARALLEL else "0")
    (root / "out").mkdir(parents=True)
    (root / "tune.py").write_text(text)
    write_config(root, record, f"retrain = {retrain}")
    subprocess.run([PYTHON, "tune.py"], cwd=root, check=True, capture_output=True)
    return root


def write_config(root: Path, record: str, settings: str) -> None:
    config = CONFIG.format(python=json.dumps(str(PYTHON)), record=json.dumps(record), settings=settings)
    (root / "repro.toml").write_text(config)


def claims(root: Path) -> dict[SearchQuestion, SearchClaim]:
    """Check the record that lies there, without searching again."""
    project = Project.of(load(root / "repro.toml"))
    project.store.prepare()
    backend = backend_for(project.config, os.environ)
    environment = backend.prepare(project.config, Silent())
    return {one.question: one for one in search_claims(project, backend, environment, Silent())}


def states(found: dict[SearchQuestion, SearchClaim]) -> tuple[str, ...]:
    return tuple(found[question].state.value for question in SearchQuestion if question in found)


@pytest.mark.parametrize(
    ("sampler", "storage"),
    [("tpe", "journal"), ("random", "journal"), ("grid", "journal"), ("cma", "sqlite")],
)
def test_a_clean_search_is_confirmed(tmp_path, sampler, storage):
    """Replay: 0 of 20 differ."""
    retrain = int(sampler == "tpe")
    found = claims(project(tmp_path, CLEAN, sampler=sampler, storage=storage, retrain=retrain))
    assert ("confirmed",) * (2 + retrain) == states(found), found
    assert "asks for the parameters of all 20 trials again" in found[SearchQuestion.SAMPLER].text
    assert "is the best of 20 (19 complete, 1 pruned)" in found[SearchQuestion.WINNER].text


@pytest.mark.parametrize(
    ("search", "storage", "count", "why"),
    [
        (RESUMED, "journal", "5 of 20", "resumed at trial 15"),
        (RESUMED, "sqlite", "5 of 20", "resumed at trial 15"),
        (PARALLEL, "journal", "of 20", "two workers asked at the same time from trial"),
    ],
)
def test_a_resumed_or_parallel_search_loses_its_sampler_and_is_told_why(
    tmp_path, search, storage, count, why
):
    found = claims(project(tmp_path, search, storage=storage, retrain=0))
    assert ("lost", "confirmed") == states(found), found
    claim = found[SearchQuestion.SAMPLER]
    assert f"{count} trials, first at" in claim.text
    assert why in claim.why
    assert claim.remedy


def test_a_sampler_without_a_seed_is_refuted_and_named(tmp_path):
    found = claims(project(tmp_path, CLEAN, sampler="optuna.samplers.TPESampler()", retrain=0))
    assert ("refuted", "confirmed") == states(found), found
    assert "TPESampler(seed=…)" in found[SearchQuestion.SAMPLER].remedy


def test_a_value_that_no_training_gives_is_refuted(tmp_path):
    root = project(tmp_path, CLEAN)
    record = root / "out/study.log"
    lines = record.read_text().splitlines()
    place = next(index for index, line in enumerate(lines) if '"values":[' in line)
    operation = json.loads(lines[place])
    lines[place] = json.dumps({**operation, "values": [-1000.25]}, separators=(",", ":"))
    record.write_text("\n".join(lines) + "\n")
    claim = claims(root)[SearchQuestion.RETRAINED]
    assert ClaimState.REFUTED is claim.state
    assert "trial 0 was recorded with -1000.25" in claim.text


def test_a_committed_record_is_checked_by_names_and_by_a_command(tmp_path):
    """No step writes it: what samples and what trains are named."""
    root = project(tmp_path, CLEAN)
    (root / "train.py").write_text(
        "import json, sys\np = json.load(open(sys.argv[1]))\n"
        "print('training')\nprint((p['x'] - 1) ** 2 + p['n'] + (p['k'] == 'a'))\n"
    )
    (root / "out/best.json").write_text(json.dumps({"best": {"x": 0.0, "n": 1, "k": None}}))
    text = (root / "repro.toml").read_text().replace('outputs = ["out/study.log"]', 'outputs = ["model"]')
    text = text.replace('["python", "tune.py"]', '["make"]')
    named = 'sampler = "tune:sampler"\nretrain = 2\n'
    (root / "repro.toml").write_text(text.replace("retrain = 1", named + 'objective = "tune:objective"'))
    assert ("confirmed", "confirmed", "confirmed") == states(claims(root))
    command = 'trial = ["python", "train.py", "{params}"]\nbest = "out/best.json"'
    (root / "repro.toml").write_text(
        text.replace("retrain = 1", named + command).replace('["tune.py"]', '["tune.py", "train.py"]')
    )
    found = claims(root)
    assert ("confirmed", "refuted", "confirmed") == states(found), found
    assert "no trial of the record has the parameters" in found[SearchQuestion.WINNER].text


def test_what_cannot_be_checked_says_why(tmp_path):
    root = project(tmp_path, CLEAN)
    (root / "tune.py").write_text("print('nothing is searched')")
    found = claims(root)
    assert ("unchecked", "confirmed", "unchecked") == states(found), found
    assert "without a call of Study.optimize" in found[SearchQuestion.SAMPLER].text
    (root / "tune.py").write_text("raise ValueError('no data')")
    text = claims(root)[SearchQuestion.SAMPLER].text
    assert "the sampler cannot be asked again: step search failed: exit status 1: ValueError: no data" == text
    (root / "out/study.log").write_text("no study\n")
    assert ("unchecked",) * 3 == states(claims(root))


def test_a_false_record_fails_the_verification_as_a_drift(tmp_path):
    """End to end, in the sandbox: a generator goes on from trial to trial, so none can be trained by itself."""
    root = project(tmp_path, CLEAN)
    text = (root / "tune.py").read_text().replace("return (x - 1)", "return noise.random() + (x - 1)")
    (root / "tune.py").write_text(text)
    config = (root / "repro.toml").read_text().replace('sandbox = { network = true, files = "any" }\n', "")
    (root / "repro.toml").write_text(config.replace("retrain = 1", "retrain = 2"))
    assert 3 == repro(root, "verify", "-q", "--no-repeat").returncode
    refused = repro(root, "accept")
    assert 2 == refused.returncode
    assert "the record of a search that is false" in refused.stderr
    assert not (root / "repro.baseline.json").exists()
    assert 0 == repro(root, "accept", "--force").returncode
    done = repro(root, "verify", "-q", "--json")
    report = json.loads(done.stdout)
    assert (1, "drifted") == (done.returncode, report["verdict"])
    assert {"sampler": "confirmed", "winner": "confirmed", "retrained": "refuted"} == {
        one["question"]: one["state"] for one in report["searches"]
    }
    assert "when it is trained again" in report["headline"]
    assert not (root / ".repro" / "probe").exists(), "no copy is left"


def test_an_experiment_of_ray_tune_is_a_record(tmp_path):
    """Without Ray: the folder is read, and a command trains the trials again."""
    shutil.copytree(DATA / "ray-experiment" / "one", tmp_path / "exp")
    (tmp_path / "train.py").write_text(
        "import json, sys\np = json.load(open(sys.argv[1]))\nprint(p['lr'] + p['model']['depth'] + float(sys.argv[2]))\n"
    )
    command = 'goal = "min"\nretrain = 3\ntrial = ["python", "train.py", "{{params}}", "{}"]'
    for added, state in (("0", "confirmed"), ("1", "refuted")):
        text = CONFIG.format(
            python=json.dumps(sys.executable), record='"exp"', settings=command.format(added)
        )
        (tmp_path / "repro.toml").write_text(text.replace("tune.py", "train.py"))
        found = claims(tmp_path)
        assert ("unchecked", "confirmed", state) == states(found), found
    assert "trial 2 (1.125) is the best of 3" == found[SearchQuestion.WINNER].text
    assert "Ray Tune cannot be asked" in found[SearchQuestion.SAMPLER].text
    assert "trial 2 was recorded with 1.125, and gives 2.125" in found[SearchQuestion.RETRAINED].text
